/**
 * The bot's end of the RTVI channel.
 *
 * @module
 */
import type { Observed } from "../core/call_observer.ts";
import { jsonSize } from "../core/frame.ts";
import { createIncoming } from "../core/incoming.ts";
import type { IterableStream } from "../core/iterable_stream.ts";
import {
  isFor,
  protocolVersion,
  type RtviClientMessage,
  type RtviClientMessageOf,
  type RtviServerMessage,
  type RtviServerType,
  serverMessage,
} from "./protocol.ts";
import type { RtviServerData } from "./server_messages.ts";
import { type RtviShorthands, rtviShorthands } from "./shorthands.ts";

/** How many messages may wait for a bot that does not read them; the oldest are dropped. */
const MAX_WAITING = 256;

/** RTVI messages, to and from the client, beside the media. */
export interface RtviChannel extends RtviShorthands {
  /**
   * What the client sends, except the handshake if the runner answers it, and keys, which are
   * frames of the transport's `readable`, however they came. You can leave a `for await` over it,
   * and continue with another.
   */
  readonly messages: IterableStream<RtviClientMessage>;
  /**
   * Resolves with the client's version once it is ready to hear the bot. Without an RTVI client, as
   * on the phone, it never settles: race it against `signal`, or do not wait.
   */
  readonly clientReady: Promise<string>;
  /**
   * Sends a message at once, ahead of all queued audio; to keep a message's place among the audio,
   * write it to `transport.writable`. Raw text and backchannels go only to clients of version 2.2
   * and later, and to none before the client is ready.
   */
  send<T extends RtviServerType>(type: T, data?: RtviServerData[T]): void;
  /** Answers a `client-message` with a `server-response` of the same id and `t`. */
  respond(message: RtviClientMessageOf<"client-message">, data?: unknown): void;
  /** Refuses a message with an `error-response` of the same id. */
  refuse(message: RtviClientMessage, error: string): void;
}

/** A channel, with what its transport does with it. */
export interface OpenRtviChannel {
  readonly channel: RtviChannel;
  /** Sends a message, if the client's version has it. */
  send(message: RtviServerMessage): void;
  /** Passes a client's message to the bot. */
  deliver(message: RtviClientMessage): void;
  /** The client is ready, and has this version. */
  ready(version: string): void;
  /** Ends the channel. */
  end(): void;
}

/** What a channel needs. */
export interface RtviChannelOptions {
  readonly send: (message: RtviServerMessage) => void;
  /** Who observes the call. Default: nobody. */
  readonly observed?: Observed;
}

/** Makes a channel. `rtviEndpoint` reads what a client sends: a phone does not need that. */
export function openRtviChannel(options: RtviChannelOptions): OpenRtviChannel {
  let clientVersion: readonly number[] | undefined;
  const send = (message: RtviServerMessage) => {
    if (!isFor(clientVersion, message)) return;
    options.observed?.observer?.message("bot", message);
    options.send(message);
  };
  const incoming = createIncoming<RtviClientMessage>({
    most: MAX_WAITING,
    lasts: () => 0,
    weigh: jsonSize,
    copy: structuredClone,
  });
  const { promise: clientReady, resolve: nowReady } = Promise.withResolvers<string>();
  const sendData: RtviChannel["send"] = (type, data) => send(serverMessage(type, data));
  const channel: RtviChannel = {
    get messages() {
      return incoming.readable;
    },
    clientReady,
    send: sendData,
    ...rtviShorthands(sendData),
    respond: ({ id, data: { t } }, d) =>
      send(serverMessage("server-response", d === undefined ? { t } : { t, d }, id)),
    refuse: ({ id }, error) => send(serverMessage("error-response", { error }, id)),
  };
  return {
    channel,
    send,
    deliver: incoming.push,
    ready(version) {
      clientVersion = protocolVersion(version);
      nowReady(version);
    },
    end: incoming.end,
  };
}
