/**
 * Hono with the one router that the runner's routes need.
 *
 * `new Hono()` brings three. It tries them when the first request comes, finds that only this one can
 * take a route such as `/ws/:token?` beside the others, and a Worker is 2 kB larger for it.
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
 * The path of a request without dot segments. Deno alone hands them on, and what makes a URL of the
 * request later, as a signature does, would mean another path than the router.
 */
function resolvedPath(request: Request): string {
  const dotted = /\/(\.|%2e)/i.test(request.url);
  // What is no URL is refused by the border, which has yet to be reached.
  return getPath(dotted && URL.canParse(request.url) ? new Request(request.url) : request);
}
