/**
 * The answer to uploads of a runner that takes none.
 *
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { RunnerError } from "../../core/error.ts";
import type { AppEnv } from "../../http/env.ts";
import { createRoutes } from "../../http/hono.ts";
import type { RunnerOptions } from "../../runner_options.ts";
import type { Feature } from "../feature.ts";

/**
 * Says how to turn uploads on, if no feature takes them and the user's own routes have no
 * `POST /files`.
 */
export function uploadsOff({ use }: Pick<RunnerOptions, "use">): Feature[] {
  if (use?.some(({ fileStorage }) => fileStorage)) return [];
  const routes = () => createRoutes().post("/files", unlessKnown);
  return [{ name: "uploads", serve: () => ({ routes: routes(), sessionRoutes: routes() }) }];
}

const unlessKnown: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  if (c.res.status !== 404) return;
  const detail = "File uploads are off: start the runner with -u/--uploads-folder, or give it " +
    "uploads(folder) in `use`.";
  throw new RunnerError("uploads_off", detail);
};
