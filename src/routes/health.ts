/**
 * What a load balancer asks: `GET /livez` and `GET /readyz`.
 *
 * @module
 */
import type { Hono } from "hono";
import type { Sessions } from "../core/session.ts";
import type { AppEnv } from "./env.ts";
import { createRoutes } from "./hono.ts";

/** The routes that tell whether the process lives, and whether it takes new sessions. */
export function healthRoutes(sessions: Sessions): Hono<AppEnv> {
  const headers = { "cache-control": "no-store" };
  return createRoutes()
    .get("/livez", (c) => c.json({ status: "live" }, 200, headers))
    .get("/readyz", (c) => {
      const { load } = sessions;
      return c.json(load, load.status === "ready" ? 200 : 503, headers);
    });
}
