/**
 * The media of phone calls: `/ws` and `/ws/:token`, for every carrier.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { Hono } from "hono";
import type { Bot, TelephonyTransportName } from "../core/bot.ts";
import type { SignedRequest } from "../core/carrier.ts";
import type { Socket } from "../core/duplex.ts";
import { RunnerError } from "../core/error.ts";
import { forged, type Provider } from "../core/provider.ts";
import { publicUrl, type PublicUrlOptions, webSocketUrl } from "../core/public_url.ts";
import type { Sessions } from "../core/session.ts";
import type { SessionRecord, SessionStore } from "../core/store.ts";
import { createToken, TOKEN_TTL_MS, tokenKey, tokenOf } from "../core/token.ts";
import { readHandshake } from "../transports/handshake.ts";
import { phoneLine } from "../transports/line.ts";
import type { AppEnv } from "./env.ts";
import type { Starter } from "./start.ts";

const logger = getLogger(["pipecat", "runner", "telephony"]);

/** How long a stream that broke off may come back, in ms: the longest session that Exotel allows. */
const RECONNECT_TTL_MS = 60 * 60_000;
/** Close codes: the runner goes away, and a violated policy. */
const GOING_AWAY = 1001;
const POLICY = 1008;

/** Who may open a WebSocket: anybody, or only who brings a one-time token. */
export type WebSocketAuth = "none" | "token";

/** What the media of phone calls needs. */
export interface TelephonyRoutesOptions extends PublicUrlOptions {
  readonly bot: Bot;
  readonly sessions: Sessions;
  readonly store: SessionStore;
  /** The carriers that may stream. */
  readonly providers: readonly Provider[];
  readonly wsAuth?: WebSocketAuth;
}

/** What a starter of phone calls needs. */
export interface TelephonyStarterOptions extends PublicUrlOptions {
  readonly store: SessionStore;
  readonly wsAuth?: WebSocketAuth;
}

/** Answer to `POST /start` for a carrier. */
export interface TelephonyStartResponse {
  readonly wsUrl: string;
  /** To be sent as `?token=`, where tokens are asked for; else it is a part of `wsUrl`. */
  readonly token?: string;
}

/** The starter for a carrier: the session waits in the store until its stream comes. */
export function telephonyStarter(
  transport: TelephonyTransportName,
  { store, wsAuth = "none", ...urls }: TelephonyStarterOptions,
): Starter {
  return async ({ body }, { sessionId, request }): Promise<TelephonyStartResponse> => {
    const token = createToken();
    await store.put(tokenKey(token), { id: sessionId, transport, body }, TOKEN_TTL_MS);
    const origin = publicUrl(request, urls);
    return wsAuth === "token"
      ? { wsUrl: webSocketUrl(origin, "/ws").href, token }
      : { wsUrl: webSocketUrl(origin, `/ws/${token}`).href };
  };
}

/** The routes that take the carriers' streams. */
export function telephonyRoutes(options: TelephonyRoutesOptions): Hono<AppEnv> {
  const { store, providers, wsAuth = "none", ...urls } = options;
  return new Hono<AppEnv>().get("/ws/:token?", async (c) => {
    const { platform } = c.env;
    if (!platform || c.req.header("upgrade")?.toLowerCase() !== "websocket") {
      throw new RunnerError("upgrade_required", "This address takes WebSockets only.", {
        status: 426,
      });
    }
    const token = tokenOf(c.req.raw, c.req.param("token"));
    const waiting = token === undefined ? undefined : await find(store, token);
    if (token === undefined ? wsAuth === "token" : !waiting) throw badToken();
    const url = webSocketUrl(publicUrl(c.req.raw, urls), c.req.raw.url);
    ...
  });
}
