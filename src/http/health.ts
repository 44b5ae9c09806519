/**
 * What a load balancer asks: `GET /livez` and `GET /readyz`.
 *
 * @module
 */
import type { Hono } from "hono";
import type { BoundedStore } from "../sessions/bounded_store.ts";
import type { RunningSessions } from "../sessions/session.ts";
import { wrongMethod } from "./border.ts";
import type { AppEnv } from "./env.ts";
import { createRoutes } from "./hono.ts";

/** What a bot says about itself: whether it takes new sessions, and anything else worth knowing. */
export type ReadyReport = boolean | { readonly ready: boolean; readonly [fact: string]: unknown };

/** Asks the bot whether it takes new sessions. */
export type ReadyCheck = () => ReadyReport | Promise<ReadyReport>;

/**
 * The routes that tell whether the process lives, and whether it takes new sessions. While the
 * store does not answer it takes none, and reports `store_unavailable` within two seconds.
 */
export function healthRoutes(
  sessions: RunningSessions,
  answers: BoundedStore["answers"],
  ask?: ReadyCheck,
): Hono<AppEnv> {
  const headers = { "cache-control": "no-store" };
  return createRoutes()
    .get("/livez", (c) => c.json({ status: "live" }, 200, headers))
    .get("/readyz", async (c) => {
      const { load } = sessions;
      if (load.status !== "ready") return c.json(load, 503, headers);
      if (!await answers()) return c.json({ ...load, status: "store_unavailable" }, 503, headers);
      const report = await ask?.();
      if (typeof report === "object") {
        return c.json({ ...load, ...report }, report.ready ? 200 : 503, headers);
      }
      return report === false
        ? c.json({ ...load, status: "not ready" }, 503, headers)
        : c.json(load, 200, headers);
    })
    .all("/livez", wrongMethod("GET"))
    .all("/readyz", wrongMethod("GET"));
}
