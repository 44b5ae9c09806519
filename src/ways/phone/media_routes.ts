/**
 * The media of phone calls: `/ws` and `/ws/:token`, for every carrier.
 *
 * @module
 */
import { getLogger, inSession } from "../../core/log.ts";
import type { Handler } from "hono";
import type { Bot, TelephonyTransportName } from "../../core/bot.ts";
import type { SignedRequest } from "../../core/carrier.ts";
import type { Socket } from "../../core/duplex.ts";
import { RunnerError } from "../../core/error.ts";
import { isLocalRequest } from "../../http/local_request.ts";
import type { PhoneCalls } from "../../sessions/phone_calls.ts";
import { callControl } from "./call_control.ts";
import type { DialPrefixes } from "./destination.ts";
import { carrierOff, forged, type Provider } from "./provider.ts";
import { publicUrl, type PublicUrlOptions, webSocketUrl } from "../../http/public_url.ts";
import type { Sessions } from "../../sessions/session.ts";
import type { OnceStore } from "../../sessions/once.ts";
import type { SessionRecord, SessionStore } from "../../sessions/store.ts";
import { issueToken, readToken, tokenOf, useToken } from "../../sessions/token.ts";
import { asksForWebSocket, upgradeRequired } from "../../core/upgrade.ts";
import type { WebAccess } from "../../http/web_access.ts";
import { readHandshake } from "./handshake.ts";
import { phoneLine } from "./line.ts";
import { telephonyTransport } from "./transport.ts";
import { openable } from "../../transports/open.ts";
import { timeOn } from "../../transports/time.ts";
import type { AppEnv } from "../../http/env.ts";
import type { LookAtStream, StreamLook } from "../way.ts";
import type { Starter } from "../../http/start.ts";

const logger = getLogger(["pipecat", "runner", "telephony"]);

/** Close codes: the runner is going away, a policy is violated. */
const GOING_AWAY = 1001;
const POLICY = 1008;

/** Who may open a WebSocket: anyone, or only clients with a one-time token. */
export type WebSocketAuth = "token" | false;

/** What a starter of phone calls needs. */
export interface TelephonyStarterOptions extends PublicUrlOptions {
  readonly store: SessionStore;
  /** The prefix of its paths, such as `/sales`. */
  readonly base: string;
  /** Default: false. */
  readonly wsAuth?: WebSocketAuth;
}

/** What the media of phone calls needs. */
export interface TelephonyRoutesOptions extends TelephonyStarterOptions {
  readonly access: Pick<WebAccess, "checkOrigin">;
  readonly bot: Bot;
  readonly sessions: Sessions;
  readonly calls: PhoneCalls;
  readonly once: OnceStore;
  /** Which numbers may be called. Default: all, for a transferred call. */
  readonly dialPrefixes?: DialPrefixes | false;
  /** The carriers that may stream. */
  readonly providers: readonly Provider[];
  /** The body of streams without one from `POST /start`. Default: their carrier's parameters. */
  readonly runnerBody?: unknown;
  /** Other ways that share their address. */
  readonly streams: () => readonly LookAtStream[];
}

/** Answer to `POST /start` for a carrier. */
export interface TelephonyStartResponse {
  readonly wsUrl: string;
  /** If tokens are required, to be sent as `?token=`; otherwise it is part of `wsUrl`. */
  readonly token?: string;
}

/** The starter for a carrier: the session waits in the store until its stream comes. */
export function telephonyStarter(
  transport: TelephonyTransportName,
  options: TelephonyStarterOptions,
): Starter {
  const { store, wsAuth, base } = options;
  return async ({ body }, context): Promise<TelephonyStartResponse> => {
    const { sessionId, request, traceparent } = context;
    const token = await issueToken(store, { id: sessionId, transport, body, traceparent });
    const address = publicUrl(request, options);
    return wsAuth === "token"
      ? { wsUrl: webSocketUrl(address, `${base}/ws`).href, token }
      : { wsUrl: webSocketUrl(address, `${base}/ws/${token}`).href };
  };
}

/** Takes the carriers' streams. */
export function streamHandler(options: TelephonyRoutesOptions): Handler<AppEnv> {
  const { store, wsAuth, access } = options;
  return async (c) => {
    const { platform } = c.env;
    const { raw: request } = c.req;
    access.checkOrigin(request); // no carrier has an origin
    if (!platform || !asksForWebSocket(request)) throw upgradeRequired();
    const token = tokenOf(request, c.req.param("token"));
    const record = token === undefined ? undefined : await readToken(store, token);
    if (token === undefined ? wsAuth === "token" : !record) throw badToken();

    const providers = options.providers.filter(({ carrier }) =>
      !record || carrier.name === record.transport
    );
    if (providers.length === 0) throw badToken();
    const signed: SignedRequest = {
      method: request.method,
      url: webSocketUrl(publicUrl(request, options)),
      headers: request.headers,
      body: new Uint8Array(),
    };
    const looks = token === undefined ? options.streams() : [];
    const others = await Promise.all(looks.map((look) => look(c)));
    const vouched = others.find((other) => other.vouched)?.vouched;
    const proof = vouched
      ? { admitted: providers, signers: providers }
      : await admit(providers, signed, record, others.some(({ allowed }) => allowed));
    const local = options.publicUrl === undefined && isLocalRequest(request, c.env.client?.());
    const { sessions } = options;
    const id = record?.id ?? vouched?.id ?? await sessions.newId();
    // A token from `POST /start` belongs to a browser that plays a phone; everything else is a
    // call.
    const call = !record || record.call !== undefined;
    // Only the carrier streams a dialled call; whoever requested it has paid before.
    const client = isDialled(record) ? undefined : c.env.client;
    const visit = { client, promised: record !== undefined, call, bound: true };
    return await sessions.reserve(id, visit, async () => {
      // Used up last, so that a request which is refused does not cost the carrier its token.
      const returns = providers[0]?.carrier.reconnects;
      if (token !== undefined && !await useToken(store, token, { returns })) throw badToken();

      const { socket, response } = platform.upgrade(request);
      const { url } = signed;
      const told = record ? { record } : {};
      const stream = { id, socket, providers, others, vouched, ...proof, url, local, ...told };
      const over = inSession(id, () => connect(stream, options, c.env));
      platform.waitUntil(over.finally(() => sessions.dismiss(id)));
      return response;
    });
  };
}

/** A stream that was accepted, before its carrier has said which call it is. */
interface Stream {
  /** The session that it is for. */
  readonly id: string;
  readonly socket: Socket;
  /** The carriers that it may come from. */
  readonly providers: readonly Provider[];
  /** Other ways that it may be for. */
  readonly others: readonly StreamLook[];
  /** Those of them that it is proven to come from, or that ask for no proof. */
  readonly admitted: readonly Provider[];
  /** Those that have signed it. */
  readonly signers: readonly Provider[];
  /** Whether a program on this machine has opened it. */
  readonly local: boolean;
  /** The address that it was opened at, and the proof was checked against. */
  readonly url: URL;
  readonly record?: SessionRecord;
  /** What a platform in front has said of it. */
  readonly vouched: StreamLook["vouched"];
}

/**
 * Finds the carriers that a stream may come from; there need be none if it may be another way's.
 */
async function admit(
  providers: readonly Provider[],
  signed: SignedRequest,
  record: SessionRecord | undefined,
  another: boolean,
): Promise<Pick<Stream, "admitted" | "signers">> {
  const admitted: Provider[] = [];
  const signers: Provider[] = [];
  const refused: Provider[] = [];
  for (const provider of providers) {
    const { carrier, account } = provider;
    // A token from `POST /start` was not given to the carrier: whoever brings it requested it.
    const given = record?.call && !carrier.tokenSuffices;
    const proven = record && (!given || (isDialled(record) && !account.verifyUpgrade));
    if (account.verifyUpgrade && await account.verifyUpgrade(signed)) signers.push(provider);
    if (proven || signers.includes(provider) || (!account.verifyUpgrade && !provider.off)) {
      admitted.push(provider);
    } else if (carrier.upgradeHeader && signed.headers.has(carrier.upgradeHeader)) {
      refused.push(provider);
    }
  }
  // Several carriers may use one header: it is forged if it belongs to none of them.
  const forger = refused.find(({ off }) => !off) ?? refused[0];
  if (forger && signers.length === 0) throw forged(forger, signed.url);
  const [first] = providers;
  if (first && admitted.length === 0 && !another) {
    throw first.off ? carrierOff(first) : forged(first, signed.url);
  }
  return { admitted, signers };
}

/** Tells whether a session is that of a call which was dialled: only the carrier knows its token. */
function isDialled(record: SessionRecord | undefined): boolean {
  return record?.call?.direction === "outbound" && record.call.callId === undefined;
}

/** Reads the handshake of a stream and runs the bot. */
async function connect(
  stream: Stream,
  options: TelephonyRoutesOptions,
  { monitor, receivedAt, platform }: AppEnv["Bindings"],
): Promise<void> {
  const { id, socket, providers, others, admitted, signers, url, local, record, vouched } = stream;
  const { bot, sessions, calls, once, base, dialPrefixes, runnerBody } = options;
  const query = new URLSearchParams(url.search);
  query.delete("token");
  const carriers = providers.map(({ carrier }) => carrier);
  const result = await readHandshake(socket, carriers, query, undefined, others);
  if (!result) return;
  if (result.kind === "other") return await result.serve(id, socket);
  if (result.kind === "refused") {
    const { reason } = result.close;
    logger.warn("A stream on /ws was refused: {reason}", { sessionId: id, reason });
    monitor?.refused?.("bad_stream");
    return socket.close(result.close);
  }
  const { carrier, start, early } = result;
  const provider = providers.find((each) => each.carrier === carrier);
  if (!provider || !admitted.includes(provider)) {
    // For the log: the answer was given before the start.
    if (provider && !provider.off) forged(provider, url);
    monitor?.refused?.("bad_signature");
    return socket.close({ closeCode: POLICY, reason: `Not signed by ${carrier.name}` });
  }
  const call = record?.call;
  if (call?.callId !== undefined && call.callId !== start.callData.callId) {
    logger.warn("A stream from {carrier} brought the token of another call", {
      sessionId: id,
      carrier: carrier.name,
    });
    monitor?.refused?.("bad_token");
    return socket.close({ closeCode: POLICY, reason: "The token belongs to another call" });
  }
  const { direction = "inbound" } = call ?? {};
  const callData = { ...call, ...start.callData, direction };
  const name = { carrier: carrier.name, callId: callData.callId };
  const answered = await calls.known(name).catch(unknown);
  // An answered call comes with its token, and none comes after its end.
  if (answered && (!call || answered.kind === "over")) {
    logger.warn(
      "A stream from {carrier} was refused: its call is over, or already has its stream",
      {
        sessionId: id,
        carrier: carrier.name,
      },
    );
    monitor?.refused?.("call_over");
    return socket.close({
      closeCode: POLICY,
      reason: "The call is over, or already has its stream",
    });
  }
  // Whoever may name any call must not have it ended.
  const trusted = signers.includes(provider) || record?.signed === true || local;
  let left = false;
  const hangUp = async () => {
    left = true;
    await inSession(id, () => provider.hangUp(callData, { trusted }));
  };
  const websocket = phoneLine(socket, hangUp, early);
  try {
    const { done } = sessions.start({
      id,
      transport: carrier.name,
      body: record?.body ?? vouched?.body ?? runnerBody ?? callData.body,
      connection: websocket,
      run: (context) => {
        const { signal } = context;
        const webhookUrl = `${publicOrigin(url)}${base}/${carrier.name}`;
        const control = { provider, line: websocket, start, callData, trusted, calls, once };
        const call = callControl({ ...control, signal, webhookUrl, dialPrefixes });
        const args = { ...context, transport: carrier.name, websocket, callData, call };
        return bot(openable(args, (params) => {
          const call = { id, line: websocket, carrier, start };
          const transport = telephonyTransport(call, params, timeOn(platform));
          if (platform?.observer) transport.observe?.(platform.observer);
          return transport;
        }));
      },
      receivedAt,
      traceparent: record?.traceparent,
      // No carrier knows a message for it, but its caller may read the close code.
      fail: (detail) => websocket.failed(detail),
    });
    if (call) await calls.began(name).catch(unknown);
    await done;
    const { closeCode = 1000 } = await websocket.closed;
    const mayReturn = carrier.reconnects && !left && closeCode !== 1000;
    if (call && !mayReturn && !sessions.get(id)) await calls.over(name).catch(unknown);
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    monitor?.refused?.(error.code);
    socket.close({ closeCode: GOING_AWAY, reason: error.message });
  }
}

/** The origin of a stream's address, for webhooks. */
function publicOrigin({ protocol, host }: URL): string {
  return `${protocol.replace("ws", "http")}//${host}`;
}

function badToken(): RunnerError {
  return new RunnerError("bad_token", "The token is missing, used, expired or wrong.");
}

/** A store that fails, which it has logged itself, costs no caller the call. */
function unknown(): undefined {}
