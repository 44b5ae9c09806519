/**
 * The bot's end of the RTVI channel.
 *
 * @module
 */
import { boundedReadable } from "../core/bounded_readable.ts";
import type { Observed } from "../core/call_observer.ts";
import { jsonSize } from "../core/frame.ts";
import { parseClientMessage } from "./parse.ts";
import {
  RTVI_VERSION,
  type RtviClientMessage,
  type RtviClientMessageOf,
  type RtviServerData,
  type RtviServerMessage,
  type RtviServerType,
  serverMessage,
} from "./protocol.ts";

/** Messages that may wait for a bot which does not read them; the oldest are dropped. */
const MAX_WAITING = 256;
const ABOUT = { library: "@pipecat/runner" };

/** RTVI messages, to and from the client, beside the media. */
export interface RtviChannel {
  /** What the client sends, except the handshake when that is answered for the bot. */
  readonly messages: ReadableStream<RtviClientMessage>;
  /**
   * Resolves with the client's version once it is ready to hear the bot. It never settles where
   * there is no RTVI client, as on the phone: race it against `signal`, or do not wait.
   */
  readonly clientReady: Promise<string>;
  /** Sends a message. */
  send<T extends RtviServerType>(type: T, data?: RtviServerData[T]): void;
  /** Answers a `client-message` with a `server-response` of the same id and `t`. */
  respond(message: RtviClientMessageOf<"client-message">, data?: unknown): void;
  /** Refuses a message with an `error-response` of the same id. */
  refuse(message: RtviClientMessage, error: string): void;
}

/** The transport's end of the channel. */
export interface RtviEndpoint {
  readonly channel: RtviChannel;
  /** Offers an app message from the client; false when it is not RTVI. */
  receive(data: unknown): boolean;
  /** Ends the channel. */
  end(): void;
}

/** What the channel asks of its transport. */
export interface RtviEndpointOptions {
  readonly send: (message: RtviServerMessage) => void;
  /** Who observes the call. Default: nobody. */
  readonly observed?: Observed;
  /** Answer `client-ready` for the bot. Default: true. */
  readonly handshake?: boolean;
  /** Called when the client sends `disconnect-bot`. */
  readonly disconnect: () => void;
}

/** Makes both ends of an RTVI channel. */
export function rtviEndpoint(options: RtviEndpointOptions): RtviEndpoint {
  const { handshake = true, disconnect, observed } = options;
  const send = (message: RtviServerMessage) => {
    observed?.observer?.message("bot", message);
    options.send(message);
  };
  const incoming = boundedReadable<RtviClientMessage>(MAX_WAITING, jsonSize);
  const { promise: clientReady, resolve: nowReady } = Promise.withResolvers<string>();
  const channel: RtviChannel = {
    messages: incoming.readable,
    clientReady,
    send: (type, data) => send(serverMessage(type, data)),
    respond: ({ id, data: { t } }, d) =>
      send(serverMessage("server-response", d === undefined ? { t } : { t, d }, id)),
    refuse: ({ id }, error) => send(serverMessage("error-response", { error }, id)),
  };
  return {
    channel,
    receive(data) {
      observed?.observer?.message("user", data);
      const parsed = parseClientMessage(data);
      if (!parsed) return false;
      if (parsed.kind === "refused") {
        send(serverMessage("error-response", { error: parsed.error }, parsed.id));
        return true;
      }
      const { message } = parsed;
      if (message.type === "disconnect-bot") disconnect();
      else if (message.type !== "client-ready" || !handshake) incoming.push(message);
      else for (const answer of answerClientReady(message)) send(answer);
      if (message.type === "client-ready") nowReady(message.data.version);
      return true;
    },
    end: () => incoming.end(),
  };
}

/**
 * The answer to `client-ready`. The same major version is served as it is, and version 1 is told its
 * own version back; any other is told so and served all the same.
 */
export function answerClientReady(
  message: RtviClientMessageOf<"client-ready">,
): RtviServerMessage[] {
  const { id, data: { version } } = message;
  const major = /^(\d+)\.\d+\.\d+$/.exec(version)?.[1];
  const ready = serverMessage(
    "bot-ready",
    { version: major === "1" ? version : RTVI_VERSION, about: ABOUT },
    id,
  );
  if (major === "1" || major === RTVI_VERSION.split(".")[0]) return [ready];
  const error = `RTVI version "${version.slice(0, 32)}" is not compatible with ${RTVI_VERSION}.`;
  return [serverMessage("error-response", { error }, id), ready];
}
