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
import type { AppEnv } from "./env.ts";

/** Makes routes, or a whole app. */
export function createRoutes(): Hono<AppEnv> {
  return new HonoBase<AppEnv>({ router: new TrieRouter() });
}
