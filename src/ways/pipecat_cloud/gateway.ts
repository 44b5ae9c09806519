/**
 * What Pipecat Cloud's platform asks of a container.
 *
 * @module
 */
import type { Handler } from "hono";
import type { Bot, PlainWebSocketRunnerArguments } from "../../core/bot.ts";
import { decodeBase64 } from "../../core/base64.ts";
import type { Message, Socket } from "../../core/duplex.ts";
import { RunnerError } from "../../core/error.ts";
import { parseJson } from "../../core/json.ts";
import type { Peer, PeerFactory } from "../../core/peer.ts";
import { readText } from "../../http/body.ts";
import type { AppEnv } from "../../http/env.ts";
import { OfferRequest } from "../../http/offer_protocol.ts";
import { parseBody } from "../../http/protocol.ts";
import { serverMessage } from "../../rtvi/protocol.ts";
import { decodeFrame, encodeMessage } from "../../serializers/protobuf.ts";
import type { Session } from "../../sessions/session.ts";
import type { SessionRecord } from "../../sessions/store.ts";
import { openable } from "../../transports/open.ts";
import { type Time, timeOn } from "../../transports/time.ts";
import type { Transport, TransportParams } from "../../transports/transport.ts";
import type { Kit, LookAtStream, StreamLook } from "../way.ts";
import { replayed } from "./replayed.ts";
import { readCloudStart, SESSION_HEADER } from "./start.ts";
import { createWaiting } from "./waiting.ts";

const MAX_OFFER_BYTES = 1_000_000;
/** Close code: the runner is going away. */
const GOING_AWAY = 1001;

/** What other ways do for the platform's sessions. */
export interface CloudParts {
  /** Makes what answers WebRTC offers, for the session in `c.env.record`. */
  createOffers(
    options: Pick<Kit, "bot" | "sessions" | "store"> & { readonly peers: PeerFactory },
  ): { readonly answer: Handler<AppEnv>; readonly addCandidates: Handler<AppEnv> };
  /** Makes the transport of a plain WebSocket. */
  websocketTransport(
    args: PlainWebSocketRunnerArguments,
    params: TransportParams | undefined,
    time: Time,
  ): Transport;
  /** Runs the bot in a Daily room. */
  startDailySession(
    options: { readonly bot: Bot } & Pick<Kit, "sessions" | "environment">,
    start: {
      readonly sessionId: string;
      readonly room: {
        readonly roomUrl: string;
        readonly token: string;
        readonly created: boolean;
      };
      readonly body: unknown;
    },
  ): Session;
}

/** What answers the platform. */
export interface Gateway {
  /** `POST /bot`: starts a session; answered when the session has ended. */
  readonly bot: Handler<AppEnv>;
  /** `POST /api/offer`, for one client at a time. */
  readonly offer: Handler<AppEnv>;
  /** `PATCH /api/offer`. */
  readonly candidates: Handler<AppEnv>;
  /** Looks at streams of `/ws`: Pipecat's frames belong to this way. */
  readonly stream: LookAtStream;
}

/** Makes what answers the platform. */
export function createGateway(kit: Kit, parts: CloudParts): Gateway {
  const { sessions, store, environment } = kit;
  const waiting = createWaiting(kit.bot, sessions);
  const { bot } = waiting;
  let active: Peer | undefined;
  const peers: PeerFactory = {
    async answer(...call) {
      if (!kit.options.webrtc) throw new RunnerError("no_webrtc", "WebRTC is off here.");
      const answered = await kit.options.webrtc.answer(...call);
      const { peer } = answered;
      active = peer;
      void peer.closed.then(() => active = active === peer ? undefined : active);
      return answered;
    },
  };
  const offers = parts.createOffers({ bot, peers, sessions, store });

  return {
    async bot(c) {
      const start = await readCloudStart(c.req.raw);
      const { id, room, body } = start;
      await sessions.admit(id, { client: c.env.client });
      const over = waiting.until(start);
      over.catch(() => {}); // it is awaited below, or was abandoned
      if (room) {
        const joined = { ...room, created: false };
        parts.startDailySession({ bot, sessions, environment }, {
          sessionId: id,
          room: joined,
          body,
        });
      }
      await over;
      return c.json({}, 200, { "x-session-id": id });
    },
    async offer(c, next) {
      const text = await readText(c.req.raw, MAX_OFFER_BYTES);
      const { pc_id } = parseBody(text, OfferRequest);
      if (active && pc_id !== active.id) throw taken(pc_id);
      const { method, headers } = c.req.raw;
      c.req.raw = new Request(c.req.url, { method, headers, body: text });
      const id = c.req.header(SESSION_HEADER) || crypto.randomUUID();
      const record: SessionRecord = { id, transport: "webrtc", body: waiting.get(id)?.body ?? {} };
      Object.assign(c.env, { record });
      return await offers.answer(c, next);
    },
    candidates: (c, next) => offers.addCandidates(c, next),
    // deno-lint-ignore require-await -- a look may take its time; this one does not
    async stream(c): Promise<StreamLook> {
      const id = c.req.header(SESSION_HEADER) || crypto.randomUUID();
      if (c.req.header("x-pcc-flow-config-file") !== undefined) throw flowUnread();
      const body = readQueryBody(c.req.query("body"));
      const { platform, receivedAt, monitor } = c.env;
      const serve = async (socket: Socket, first: Message) => {
        const websocket = replayed(socket, first);
        try {
          await serveFrames(
            { id, body: body ?? {}, websocket, bot, sessions, receivedAt },
            (args, params) => parts.websocketTransport(args, params, timeOn(platform)),
          );
        } catch (error) {
          if (!(error instanceof RunnerError)) throw error;
          monitor?.refused?.(error.code);
          socket.close({ closeCode: GOING_AWAY, reason: error.message });
        }
      };
      return {
        allowed: true,
        vouched: { id, ...(body === undefined ? {} : { body }) },
        read: () => undefined, // texts are from carriers and evals
        readBytes: (first) => {
          const { type } = decodeFrame(first);
          return type === "malformed" ? undefined : (_id, socket) => serve(socket, first);
        },
      };
    },
  };
}

/** A client that speaks Pipecat's frames. */
interface Visit extends Pick<Kit, "bot" | "sessions"> {
  readonly id: string;
  readonly body: unknown;
  readonly websocket: Socket;
  readonly receivedAt: number | undefined;
}

async function serveFrames(
  { id, body, websocket, bot, sessions, receivedAt }: Visit,
  open: (args: PlainWebSocketRunnerArguments, params: TransportParams | undefined) => Transport,
): Promise<void> {
  const { done } = sessions.start({
    id,
    transport: "websocket",
    body,
    connection: websocket,
    run: (context) => {
      const args = { ...context, transport: "websocket", websocket } as const;
      return bot(openable(args, (params) => open(args, params)));
    },
    fail: (error) => websocket.send(encodeMessage(serverMessage("error", { error, fatal: true }))),
    receivedAt,
  });
  await done;
}

/** Reads `?body=`, JSON in base64; anything else is ignored, as on Pipecat's own image. */
function readQueryBody(text: string | undefined): unknown {
  // A plus sign in a query is read as a space, and URL-safe base64 is valid, too.
  const base64 = text?.replaceAll(" ", "+").replaceAll("-", "+").replaceAll("_", "/");
  const bytes = base64 === undefined ? undefined : decodeBase64(base64);
  return bytes && parseJson(new TextDecoder().decode(bytes));
}

function taken(pcId: string | null | undefined): RunnerError {
  const detail = pcId
    ? "PC ID mismatch with existing connection"
    : "Cannot create new connection with existing connection active";
  return new RunnerError("bad_request", detail);
}

function flowUnread(): RunnerError {
  const detail = "This image accepts no flow_config for a WebSocket session.";
  return new RunnerError("bad_request", detail);
}
