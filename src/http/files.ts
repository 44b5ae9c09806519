/**
 * `GET /files/*`: downloads from the folder given with `--folder`.
 *
 * @module
 */
import type { Hono, MiddlewareHandler } from "hono";
import { RunnerError } from "../core/error.ts";
import type { FileFolder } from "../core/platform.ts";
import type { AppEnv } from "./env.ts";
import { createRoutes } from "./hono.ts";

/** The download route. Pages of other origins may link to a file, but not read it. */
export function fileRoutes(folder: FileFolder): Hono<AppEnv> {
  return createRoutes().use("/files/*", noSharing).get("/files/:path{.+}", async (c) => {
    const path = c.req.param("path");
    const file = isHidden(path) ? undefined : await folder.open(path);
    if (!file) throw new RunnerError("no_file", "No such file.");
    return c.body(file.body, 200, {
      "content-type": file.type ?? "application/octet-stream",
      "content-length": String(file.size),
      "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
      // A recording is the user's data, and a bot's file must never run as a page of this origin.
      "cache-control": "private, no-store",
      "content-security-policy": "sandbox",
      "cross-origin-resource-policy": "same-origin",
      "x-content-type-options": "nosniff",
    });
  });
}

/** Keeps the answer from pages of other origins. */
export const noSharing: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  c.res.headers.delete("access-control-allow-origin");
};

/**
 * Whether a path leads to a hidden file, such as `.env` or `.git/config`: it is in the folder for
 * reasons other than downloading. This includes `.well-known`, which makes statements about a whole
 * site.
 */
export function isHidden(path: string): boolean {
  return path.split(/[/\\]/).some((name) => name.startsWith("."));
}
