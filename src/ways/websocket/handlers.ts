/**
 * Plain WebSockets: `/ws-client`, alone and with a session's id or a token at its end.
 *
 * @module
 */
import { decodeBase64 } from "../../core/base64.ts";
import type { Handler } from "hono";
import type { Bot } from "../../core/bot.ts";
import { RunnerError } from "../../core/error.ts";
import { publicUrl, type PublicUrlOptions, webSocketUrl } from "../../http/public_url.ts";
import type { Sessions } from "../../sessions/session.ts";
import { sessionKey, type SessionRecord, type SessionStore } from "../../sessions/store.ts";
import { issueToken, readToken, tokenOf, useToken } from "../../sessions/token.ts";
import { asksForWebSocket, upgradeRequired } from "../../core/upgrade.ts";
import { serverMessage } from "../../rtvi/protocol.ts";
import { encodeMessage } from "../../serializers/protobuf.ts";
import { openable } from "../../transports/open.ts";
import { timeOn } from "../../transports/time.ts";
import type { AppEnv } from "../../http/env.ts";
import type { WebSocketStartResponse } from "../../http/protocol.ts";
import type { Starter } from "../../http/start.ts";
import type { StartGuard } from "../../http/start_guard.ts";
import { websocketTransport } from "./transport.ts";

/** How long a session waits for its client, and for another visit after the last, in ms. */
const SESSION_TTL_MS = 10 * 60_000;
/** The largest `?body=`, in characters. */
const LONGEST_BODY = 16 << 10;

/** What the starter needs. */
export interface WebSocketStarterOptions extends PublicUrlOptions {
  readonly store: SessionStore;
  /** The prefix of its paths, such as `/sales`. */
  readonly base: string;
  /** Whether a WebSocket must bring a one-time token from `POST /start`. Default: false. */
  readonly wsAuth?: "token" | false;
}

/** What the visits of clients need. */
export interface WebSocketVisitOptions extends WebSocketStarterOptions {
  readonly bot: Bot;
  readonly sessions: Sessions;
  /** The body for clients that bring none. Default: {}. */
  readonly runnerBody?: unknown;
  /** Asks those who bring no session of `POST /start`. */
  readonly guard: StartGuard;
}

/**
 * The starter for plain WebSockets: the session waits in the store until its client connects. The
 * browser's client refuses an answer with anything but `wsUrl` and `token`, so the session's id
 * travels in the one or behind the other.
 */
export function websocketStarter(options: WebSocketStarterOptions): Starter {
  const { store, wsAuth, base } = options;
  return async (start, { sessionId, request, traceparent }): Promise<WebSocketStartResponse> => {
    const body = start.body ?? {};
    const record = { id: sessionId, transport: "websocket", body, traceparent } as const;
    const origin = publicUrl(request, options);
    await store.put(sessionKey(sessionId), record, SESSION_TTL_MS);
    if (wsAuth !== "token") {
      return { wsUrl: webSocketUrl(origin, `${base}/ws-client/${sessionId}`).href };
    }
    const token = await issueToken(store, record);
    return { wsUrl: webSocketUrl(origin, `${base}/ws-client`).href, token };
  };
}

/** What clients connect to. Whoever may not is refused before the upgrade. */
export function websocketVisit(options: WebSocketVisitOptions): Handler<AppEnv> {
  const { bot, sessions, store, wsAuth, guard, runnerBody = {} } = options;

  /** Admits the session that a request asks for; undefined if it asks for none. */
  async function admit(
    request: Request,
    client: AppEnv["Bindings"]["client"],
    path?: string,
  ): Promise<SessionRecord | undefined> {
    if (wsAuth === "token") {
      const token = tokenOf(request, path);
      // It looks first, so that a phone call's token is not used up here.
      const waiting = token === undefined ? undefined : await readToken(store, token);
      if (token !== undefined && waiting?.transport === "websocket") {
        await sessions.admit(waiting.id, { client, promised: true }); // first: a refusal costs no token
        const record = await useToken(store, token);
        if (record) return record;
      }
      throw new RunnerError(
        "bad_token",
        "The token is missing, used or too old. POST /start gives one.",
      );
    }
    if (path === undefined) return undefined;
    const record = await store.get(sessionKey(path));
    // The same client may come back: its session is not a secret to use up.
    if (record?.transport === "websocket") {
      await sessions.admit(record.id, { client, promised: true });
      return record;
    }
    throw new RunnerError(
      "unknown_session",
      "No such session, or it has ended. POST /start gives one.",
    );
  }

  return async (c) => {
    const request = c.req.raw;
    const { platform, client } = c.env;
    if (!platform || !asksForWebSocket(request)) throw upgradeRequired();
    const record = await admit(request, client, c.req.param("token"));
    if (!record) await guard(c);
    const id = record?.id ?? await sessions.newId();
    const query = c.req.query("body");
    const body = record ? record.body : query === undefined ? runnerBody : readQueryBody(query);
    // A failing store costs the client another visit, but not this one.
    if (record) await store.extend(sessionKey(id), SESSION_TTL_MS).catch(() => {});
    else await sessions.admit(id, { client });
    try {
      const { socket, response } = platform.upgrade(request);
      const { done } = sessions.start({
        id,
        transport: "websocket",
        body,
        connection: socket,
        run: (context) => {
          const args = { ...context, transport: "websocket", websocket: socket } as const;
          return bot(openable(args, (params) => {
            return websocketTransport(args, params, timeOn(platform));
          }));
        },
        fail: (message) =>
          socket.send(encodeMessage(serverMessage("error", { error: message, fatal: true }))),
        receivedAt: c.env.receivedAt,
        traceparent: record?.traceparent,
      });
      platform.waitUntil(done);
      return response;
    } catch (error) {
      sessions.dismiss(id); // it is not a WebSocket after all
      throw error;
    }
  };
}

/**
 * Reads `?body=`: JSON in base64, as Pipecat Cloud takes it.
 *
 * @throws {RunnerError} `bad_body` for anything else.
 */
function readQueryBody(text: string): unknown {
  try {
    if (text.length > LONGEST_BODY) throw new RangeError("too long");
    // A plus sign in a query is read as a space; and base64 for URLs is base64 too.
    const base64 = text.replaceAll(" ", "+").replaceAll("-", "+").replaceAll("_", "/");
    const bytes = decodeBase64(base64) ?? new Uint8Array(); // which is not JSON
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new RunnerError("bad_body", "?body= must be JSON in base64.", { cause });
  }
}
