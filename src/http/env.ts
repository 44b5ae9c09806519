/**
 * What Hono carries through the runner's routes and the user's.
 *
 * @module
 */
import type { Context, Hono } from "hono";
import type { Forwarded } from "../nodes/forwarding.ts";
import type { Monitor } from "../core/monitor.ts";
import type { Platform } from "../core/platform.ts";
import type { SessionInfo } from "../sessions/session.ts";
import type { SessionRecord } from "../sessions/store.ts";

/** The other processes of a fleet, for a request that this one cannot answer. */
export interface Others {
  /** Lets the least loaded one answer that is ready; undefined where none takes it. */
  take(): Promise<Response | undefined>;
  /**
   * Lets the one answer that has a session; undefined where nobody has it, or it is this process.
   *
   * @throws {RunnerError} `session_gone` when that process is gone.
   */
  owner(id: string): Promise<Response | undefined>;
}

/**
 * Routes of Hono's, under a name of ours: the documentation of what is public ends here.
 *
 * @internal
 */
export type Routes = Hono<AppEnv>;

/**
 * What Hono hands to a route.
 *
 * @internal
 */
export type RouteContext = Context<AppEnv>;

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
    /**
     * Set by the runner where it is one of a fleet: who else may answer. Absent for a request that
     * another one has forwarded, which goes no further.
     */
    readonly others?: Others;
    /** Set where a session's or a peer's id was made by this fleet: what is not known has been here. */
    readonly issued?: boolean;
    /** Who watches the runner, if anybody does. */
    readonly monitor?: Monitor;
    /** The span of the request, as a `traceparent` header; set where somebody traces. */
    readonly traceparent?: string;
    /** When the request came, by `performance.now()`; set where somebody watches. */
    readonly receivedAt?: number;
  };
  /** What a route finds in `c.var`. */
  Variables: {
    /** The session that a request below `/sessions/:id/` belongs to. */
    session: SessionInfo | undefined;
  };
}
