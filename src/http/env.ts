/**
 * What Hono carries through the runner's routes and the user's.
 *
 * @module
 */
import type { Forwarded } from "../nodes/forwarding.ts";
import type { Monitor } from "../core/monitor.ts";
import type { Platform } from "../core/platform.ts";
import type { SessionInfo } from "../sessions/session.ts";
import type { SessionRecord } from "../sessions/store.ts";

/** The Hono environment of the runner: `c.env.platform` is the host, `c.var.session` the session. */
export interface AppEnv {
  /** What the host and the runner hand to a request. */
  Bindings: {
    /** The host; absent when the app is called without one, as in a test of plain routes. */
    readonly platform?: Platform;
    /** Set by the runner for requests below `/sessions/:id/`; read `c.var.session` instead. */
    readonly session?: SessionInfo;
    /** Set by the runner for an offer below `/sessions/:id/`: what `POST /start` left for it. */
    readonly record?: SessionRecord;
    /** Tells the client's address, which the runner limits the rate of starts by. */
    readonly client?: () => string | undefined;
    /** Set by the runner for a request that another runner has forwarded to it. */
    readonly forwarded?: Forwarded;
    /** Who watches the runner, if anybody does. */
    readonly monitor?: Monitor;
    /** When the request came, by `performance.now()`; set where somebody watches. */
    readonly receivedAt?: number;
  };
  /** What a route finds in `c.var`. */
  Variables: {
    /** The session that a request below `/sessions/:id/` belongs to. */
    session: SessionInfo | undefined;
  };
}
