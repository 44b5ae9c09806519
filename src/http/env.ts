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
  /** Lets the least loaded ready process answer; undefined if none accepts. */
  take(): Promise<Response | undefined>;
  /**
   * Lets the process that has a session answer; undefined if there is none, or it is this one.
   *
   * @throws {RunnerError} `session_gone` if that process is gone.
   */
  owner(id: string): Promise<Response | undefined>;
}

/**
 * Hono's routes, under our own name: the public documentation ends here.
 *
 * @internal
 */
export type Routes = Hono<AppEnv>;

/**
 * What Hono passes to a route.
 *
 * @internal
 */
export type RouteContext = Context<AppEnv>;

/** The Hono environment of the runner: `c.env.platform` is the host, `c.var.session` the session. */
export interface AppEnv {
  /** What the host and the runner pass to a request. */
  Bindings: {
    /** The host; absent if the app is called without one, as in a test of plain routes. */
    readonly platform?: Platform;
    /** Set by the runner for requests below `/sessions/:id/`; read `c.var.session` instead. */
    readonly session?: SessionInfo;
    /**
     * Set by the runner for an offer below `/sessions/:id/`: the record that `POST /start` left.
     */
    readonly record?: SessionRecord;
    /** Returns the client's address, by which the rate of starts is limited. */
    readonly client?: () => string | undefined;
    /** Set by the runner for a forwarded request. */
    readonly forwarded?: Forwarded;
    /**
     * Set by the runner if it is one of a fleet: who else may answer. Absent for a forwarded
     * request, which goes no further.
     */
    readonly others?: Others;
    /** Set if this fleet made a session's or a peer's id: an unknown one existed once. */
    readonly issued?: boolean;
    /** The observer of the runner, if there is one. */
    readonly monitor?: Monitor;
    /** The span of the request, as a `traceparent` header; set if tracing is on. */
    readonly traceparent?: string;
    /** When the request came, by `performance.now()`; set if the runner is observed. */
    readonly receivedAt?: number;
  };
  /** What a route finds in `c.var`. */
  Variables: {
    /** The session that a request below `/sessions/:id/` belongs to. */
    session: SessionInfo | undefined;
  };
}
