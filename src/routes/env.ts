/**
 * What Hono carries through the runner's routes and the user's.
 *
 * @module
 */
import type { Platform } from "../core/platform.ts";
import type { SessionInfo } from "../core/session.ts";
import type { SessionRecord } from "../core/store.ts";

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
  };
  /** What a route finds in `c.var`. */
  Variables: {
    /** The session that a request below `/sessions/:id/` belongs to. */
    session: SessionInfo | undefined;
  };
}
