/**
 * The bot's end of the RTVI channel.
 *
 * @module
 */
import { boundedReadable } from "../core/bounded_readable.ts";
import type { Observed } from "../core/call_observer.ts";
import { jsonSize } from "../core/frame.ts";
import { isKey } from "../core/keys.ts";
import type { IterableStream } from "../core/iterable_stream.ts";
import { parseClientMessage } from "./parse.ts";
import {
  isFor,
  protocolVersion,
  RTVI_VERSION,
  type RtviClientMessage,
  type RtviClientMessageOf,
  type RtviServerMessage,
  type RtviServerType,
  serverMessage,
} from "./protocol.ts";
import type { BotCapabilities, RtviServerData } from "./server_messages.ts";
import { type RtviShorthands, rtviShorthands } from "./shorthands.ts";

/** Messages that may wait for a bot which does not read them; the oldest are dropped. */
const MAX_WAITING = 256;
const ABOUT = { library: "@pipecat/runner" };
/** What a transport can that has sound, and no more. */
const SOUND: BotCapabilities = {
  audio_in: true,
  audio_out: true,
  video_in: false,
  screen_in: false,
  video_out: false,
};

/** RTVI messages, to and from the client, beside the media. */
export interface RtviChannel extends RtviShorthands {
  /**
   * What the client sends, except the handshake when that is answered for the bot, and keys, which are
   * frames of the transport's `readable`, whatever they came by. A `for await` over it
   * may be left, and the next one goes on.
   */
  readonly messages: IterableStream<RtviClientMessage>;
  /**
   * Resolves with the client's version once it is ready to hear the bot. It never settles where
   * there is no RTVI client, as on the phone: race it against `signal`, or do not wait.
   */
  readonly clientReady: Promise<string>;
  /**
   * Sends a message at once, past all audio that waits to be heard; what shall keep its place among the
   * audio is written to `transport.writable`. Raw text and backchannels go to clients of version 2.2 and later alone; before
   * the client is ready, to none.
   */
  send<T extends RtviServerType>(type: T, data?: RtviServerData[T]): void;
  /** Answers a `client-message` with a `server-response` of the same id and `t`. */
  respond(message: RtviClientMessageOf<"client-message">, data?: unknown): void;
  /** Refuses a message with an `error-response` of the same id. */
  refuse(message: RtviClientMessage, error: string): void;
}

/** The transport's end of the channel. */
export interface RtviEndpoint {
  readonly channel: RtviChannel;
  /**
   * Offers an app message from the client; false when it is not RTVI.
   *
   * @param user Who sent it, where the transport knows several.
   */
  receive(data: unknown, user?: string): boolean;
  /** Ends the channel. */
  end(): void;
}

/** What the channel asks of its transport. */
export interface RtviEndpointOptions {
  readonly send: (message: RtviServerMessage) => void;
  /** Who observes the call. Default: nobody. */
  readonly observed?: Observed;
  /** Answer `client-ready`, and acknowledge `send-text`, for the bot. Default: true. */
  readonly handshake?: boolean;
  /** What the bot does in this session; it goes before what every transport with sound can. */
  readonly capabilities?: BotCapabilities | undefined;
  /** Called with each key that the client presses. Default: nobody is told. */
  readonly press?: (digit: string) => void;
  /** Called when the client sends `disconnect-bot`. */
  readonly disconnect: () => void;
}

/** Makes both ends of an RTVI channel. */
export function rtviEndpoint(options: RtviEndpointOptions): RtviEndpoint {
  const { handshake = true, disconnect, observed, capabilities } = options;
  const press = (digit: string) => {
    observed?.observer?.key("user", digit);
    options.press?.(digit);
  };
  let clientVersion: readonly number[] | undefined;
  const send = (message: RtviServerMessage) => {
    if (!isFor(clientVersion, message)) return;
    observed?.observer?.message("bot", message);
    options.send(message);
  };
  const incoming = boundedReadable<RtviClientMessage>(MAX_WAITING, jsonSize);
  const { promise: clientReady, resolve: nowReady } = Promise.withResolvers<string>();
  const sendData: RtviChannel["send"] = (type, data) => send(serverMessage(type, data));
  const channel: RtviChannel = {
    messages: incoming.readable,
    clientReady,
    send: sendData,
    ...rtviShorthands(sendData),
    respond: ({ id, data: { t } }, d) =>
      send(serverMessage("server-response", d === undefined ? { t } : { t, d }, id)),
    refuse: ({ id }, error) => send(serverMessage("error-response", { error }, id)),
  };
  return {
    channel,
    receive(data, user) {
      observed?.observer?.message("user", data);
      const parsed = parseClientMessage(data);
      if (!parsed) return false;
      if (parsed.kind === "refused") {
        send(serverMessage("error-response", { error: parsed.error }, parsed.id));
        return true;
      }
      const { message } = parsed;
      if (message.type === "dtmf") {
        for (const digit of keysOf(message)) press(digit);
        return true;
      }
      if (message.type === "client-ready") clientVersion = protocolVersion(message.data.version);
      if (message.type === "disconnect-bot") disconnect();
      else if (message.type !== "client-ready" || !handshake) incoming.push(message);
      else for (const answer of answerClientReady(message, capabilities)) send(answer);
      if (message.type === "client-ready") nowReady(message.data.version);
      if (message.type === "send-text" && handshake) send(acknowledgement(message, user));
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
  capabilities: BotCapabilities = {},
): RtviServerMessage[] {
  const { id, data: { version } } = message;
  const [major] = protocolVersion(version) ?? [];
  const ready = serverMessage(
    "bot-ready",
    {
      version: major === 1 ? version : RTVI_VERSION,
      about: ABOUT,
      capabilities: { ...SOUND, ...capabilities },
    },
    id,
  );
  if (major === 1 || major === protocolVersion(RTVI_VERSION)?.[0]) return [ready];
  const error = `RTVI version "${version.slice(0, 32)}" is not compatible with ${RTVI_VERSION}.`;
  return [serverMessage("error-response", { error }, id), ready];
}

/** The keys of a message: version 2.0 has one in each, and later ones have many. */
function keysOf({ data }: RtviClientMessageOf<"dtmf">): readonly string[] {
  return ("buttons" in data ? data.buttons : [data.button]).filter(isKey);
}

/** Tells a client that its text has come. */
function acknowledgement(
  { id, data: { content: text } }: RtviClientMessageOf<"send-text">,
  user?: string,
): RtviServerMessage {
  return serverMessage("user-input", {
    text,
    input_type: "chat",
    timestamp: new Date().toISOString(),
    final: true,
    ...(user === undefined ? {} : { user_id: user }),
    msg_id: id,
  });
}
