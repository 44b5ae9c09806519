/**
 * `/sessions/:id/*`: a session's own copy of the signaling routes and of the user's routes, as
 * Pipecat Cloud proxies them.
 *
 * @module
 */
import type { Hono } from "hono";
import { RunnerError } from "../core/error.ts";
import { sessionGone } from "../core/forwarding.ts";
import type { SessionInfo, Sessions } from "../core/session.ts";
import { sessionKey, type SessionRecord, type SessionStore } from "../core/store.ts";
import type { AppEnv } from "./env.ts";
import { createRoutes } from "./hono.ts";

/** What the session routes need. */
export interface SessionRoutesOptions {
  readonly sessions: Sessions;
  readonly store: SessionStore;
  /** Serves `api/offer` of a session; absent without WebRTC. */
  readonly offers?: Hono<AppEnv>;
  /** The user's own routes. */
  readonly app: Hono<AppEnv>;
}

/** The routes below a session. */
export function sessionRoutes(
  { sessions, store, offers, app }: SessionRoutesOptions,
): Hono<AppEnv> {
  return createRoutes().all("/sessions/:id/:path{.*}", async (c) => {
    const id = c.req.param("id");
    const running = sessions.get(id);
    const record: SessionRecord | undefined = await store.get(sessionKey(id)) ?? running;
    if (!record) {
      if (c.env.forwarded) throw sessionGone(); // its id is good, so it has been here
      throw new RunnerError(
        "unknown_session",
        "No such session, or it has ended. Start a new one.",
        {
          status: 404,
        },
      );
    }
    const path = c.req.param("path");
    if (path === "api/offer") {
      if (!offers || record.transport !== "webrtc") {
        throw new RunnerError("not_webrtc", "This session does not use WebRTC.");
      }
      return offers.fetch(below(c.req.raw, path), { ...c.env, record });
    }
    const session: SessionInfo = running ?? { ...record, signal: never() };
    return app.fetch(below(c.req.raw, path), { ...c.env, session });
  });
}

/** The signal of a session whose bot has not begun. Workers allow none outside a request. */
const never = () => new AbortController().signal;

function below(request: Request, path: string): Request {
  const url = new URL(request.url);
  url.pathname = `/${path}`;
  // Piece by piece: copying a request whole touches its signal, of which Deno warns on stderr.
  const { method, headers, body } = request;
  const init = { method, headers, body, duplex: "half" };
  try {
    return new Request(url, init);
  } catch (cause) {
    // Hosts hand on what no program may send: TRACE, or a `get` with a body.
    throw new RunnerError("wrong_method", "This method is not possible here.", {
      status: 405,
      cause,
    });
  }
}
