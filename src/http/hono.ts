/**
 * Hono with only the router that the runner's routes need.
 *
 * `new Hono()` brings three. On the first request it tries them, finds that only this one supports
 * a route such as `/ws/:token?` beside the others, and makes a Worker 2 kB larger.
 *
 * @module
 */
import type { Hono } from "hono";
import { HonoBase } from "hono/hono-base";
import { TrieRouter } from "hono/router/trie-router";
import { getPath } from "hono/utils/url";
import type { AppEnv } from "./env.ts";

/** Makes routes, or a whole app. */
export function createRoutes(): Hono<AppEnv> {
  return new HonoBase<AppEnv>({ router: new TrieRouter(), getPath: resolvedPath });
}

/**
 * The path of a request without dot segments. Only Deno passes them on, and code that later makes a
 * URL of the request, such as for a signature, would mean another path than the router.
 */
function resolvedPath(request: Request): string {
  const dotted = /\/(\.|%2e)/i.test(request.url);
  // The border, which comes later, refuses what is not a URL.
  return getPath(dotted && URL.canParse(request.url) ? new Request(request.url) : request);
}
