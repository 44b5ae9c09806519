/**
 * Who watches a runner that is served: metrics, where they are asked for, and traces.
 *
 * @module
 */
import type { Hono } from "hono";
import { combineMonitors, type Monitor } from "../core/monitor.ts";
import type { AppEnv } from "../routes/env.ts";
import { tracing } from "./tracing.ts";

/** What watching asks for. */
export interface WatchOptions {
  /** Who may read the metrics; there are none without. */
  readonly metricsToken?: string;
  /** The user's own monitor. */
  readonly monitor?: Monitor;
  /** The user's own routes. */
  readonly app?: Hono<AppEnv>;
}

/** A runner's watch. */
export interface Watch {
  /** What the runner is made with. */
  readonly options: { readonly monitor: Monitor; readonly app?: Hono<AppEnv> };
  /** Begins what measures by itself, once the runner listens. */
  start(): void;
  /** Ends it. */
  close(): void;
}

/**
 * Prepares the watch of a runner. The library of the metrics takes 20 MB and 50 ms, so only who asks
 * for them loads it.
 *
 * @throws {RunnerError} `short_token` when the token of the metrics can be guessed.
 */
export async function watch({ metricsToken, monitor, app }: WatchOptions): Promise<Watch> {
  const monitors = [tracing(), ...(monitor ? [monitor] : [])];
  if (metricsToken === undefined) {
    return {
      options: { monitor: combineMonitors(monitors), ...(app ? { app } : {}) },
      start() {},
      close() {},
    };
  }
  const { createMetrics } = await import("./metrics.ts");
  const metrics = createMetrics(metricsToken);
  if (app) metrics.routes.route("/", app);
  return {
    options: { monitor: combineMonitors([metrics.monitor, ...monitors]), app: metrics.routes },
    start: metrics.start,
    close: metrics.close,
  };
}
