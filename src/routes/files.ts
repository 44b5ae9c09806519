/**
 * `GET /files/*`: downloads from the folder given with `--folder`.
 *
 * @module
 */
import type { Hono } from "hono";
import { RunnerError } from "../core/error.ts";
import type { FileFolder } from "../core/platform.ts";
import type { AppEnv } from "./env.ts";
import { createRoutes } from "./hono.ts";

/** The download route. */
export function fileRoutes(folder: FileFolder): Hono<AppEnv> {
  return createRoutes().get("/files/:path{.+}", async (c) => {
    const path = c.req.param("path");
    const file = await folder.open(path);
    if (!file) throw new RunnerError("no_file", "No such file.", { status: 404 });
    return c.body(file.body, 200, {
      "content-type": file.type ?? "application/octet-stream",
      "content-length": String(file.size),
      "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
      // A recording is the user's data, and what a bot wrote must never run as a page of this origin.
      "cache-control": "private, no-store",
      "content-security-policy": "sandbox",
      "x-content-type-options": "nosniff",
    });
  });
}
