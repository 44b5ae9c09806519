/**
 * `/sessions/:id/*`: a session's own copy of the signaling routes and of the user's routes, as
 * Pipecat Cloud proxies them.
 *
 * @module
 */
import type { Hono } from "hono";
import type { TransportName } from "../core/bot.ts";
import { RunnerError } from "../core/error.ts";
import { asksForWebSocket } from "../core/upgrade.ts";
import { sessionGone } from "../nodes/network.ts";
import type { SessionInfo, Sessions } from "../sessions/session.ts";
import { sessionKey, type SessionRecord, type SessionStore } from "../sessions/store.ts";
import type { AppEnv, RouteContext, Routes } from "./env.ts";
import { createRoutes } from "./hono.ts";

/** A way's routes that belong to one session. */
export interface SessionRoutes {
  /** The path below `/sessions/:id/`, such as `api/offer`. */
  readonly path: string;
  /** The transport that the session must have. */
  readonly transport: TransportName;
  /** Serves `/` and the path; the session's record is in `c.env.record`. */
  readonly routes: Routes;
}

/** What the session routes need. */
export interface SessionRoutesOptions {
  readonly sessions: Sessions;
  readonly store: SessionStore;
  /** What the ways serve for a session. */
  readonly own: readonly SessionRoutes[];
  /** The user's own routes. */
  readonly app: Hono<AppEnv>;
  /** The prefix of all paths, such as `/sales`. */
  readonly base: string;
}

/** The routes below a session. */
export function sessionRoutes(
  { sessions, store, own, app, base }: SessionRoutesOptions,
): Hono<AppEnv> {
  const session = `${base}/sessions/:id`; // the prefix of paths that others route
  return createRoutes().all("/sessions/:id/:path{.*}", async (c) => {
    const id = c.req.param("id");
    const running = sessions.get(id);
    const record: SessionRecord | undefined = await store.get(sessionKey(id)) ?? running;
    if (!record) {
      if (c.env.forwarded || c.env.issued) throw sessionGone(); // its id is valid, so it existed once
      throw new RunnerError(
        "unknown_session",
        "No such session, or it has ended. Start a new one.",
      );
    }
    const path = c.req.param("path");
    if (path === "api/offer") {
      const { routes } = own.find((each) =>
        each.path === path && each.transport === record.transport
      ) ?? {};
      if (!routes) throw new RunnerError("not_webrtc", "This session does not use WebRTC.");
      return routes.fetch(below(c.req.raw, session), { ...envBelow(c), record });
    }
    const info: SessionInfo = running ?? { ...record, signal: never() };
    return app.fetch(below(c.req.raw, session), { ...envBelow(c), session: info });
  });
}

/** The signal of a session whose bot has not begun. Workers allow none outside a request. */
const never = () => new AbortController().signal;

/**
 * What {@link below}'s request carries: a WebSocket belongs to the request that the host handed
 * out, and hosts accept no other's.
 */
export function envBelow({ req: { raw }, env }: RouteContext): AppEnv["Bindings"] {
  const { platform } = env;
  if (!platform || !asksForWebSocket(raw)) return env;
  return { ...env, platform: { ...platform, upgrade: () => platform.upgrade(raw) } };
}

/**
 * The same request without the first segments of its path, whose encoding is unchanged: the router
 * decodes it.
 *
 * @param base A path with as many segments.
 * @throws {RunnerError} `wrong_method` for methods that hosts pass on but programs may not send.
 */
export function below(request: Request, base: string): Request {
  const url = new URL(request.url);
  const segments = base.split("/").length;
  url.pathname = `/${url.pathname.split("/").slice(segments).join("/")}`;
  // Piece by piece: copying a whole request touches its signal, which makes Deno warn on stderr.
  const { method, headers, body } = request;
  const init = { method, headers, body, duplex: "half" };
  try {
    return new Request(url, init);
  } catch (cause) {
    // Hosts pass on what no program may send: TRACE, or a `get` with a body.
    throw new RunnerError("wrong_method", "This path does not accept this method.", {
      cause,
    });
  }
}
