/**
 * The transport's end of the RTVI channel: what a client sends, and what is answered for the bot.
 *
 * @module
 */
import { isKey } from "../core/keys.ts";
import { openRtviChannel, type RtviChannel, type RtviChannelOptions } from "./channel.ts";
import { parseClientMessage } from "./parse.ts";
import {
  protocolVersion,
  RTVI_VERSION,
  type RtviClientMessageOf,
  type RtviServerMessage,
  serverMessage,
} from "./protocol.ts";
import type { BotCapabilities } from "./server_messages.ts";

const ABOUT = { library: "@pipecat/runner" };
/** The capabilities of a transport that carries only sound. */
const SOUND: BotCapabilities = {
  audio_in: true,
  audio_out: true,
  video_in: false,
  screen_in: false,
  video_out: false,
};

/** The transport's end of the channel. */
export interface RtviEndpoint {
  readonly channel: RtviChannel;
  /**
   * Offers an app message from the client; false when it is not RTVI.
   *
   * @param user Who sent it, if the transport knows several.
   */
  receive(data: unknown, user?: string): boolean;
  /** Ends the channel. */
  end(): void;
}

/** What the channel needs from its transport. */
export interface RtviEndpointOptions extends RtviChannelOptions {
  /** Answers `client-ready`, and acknowledges `send-text`, for the bot. Default: true. */
  readonly handshake?: boolean;
  /** What the bot can do in this session; overrides what every transport with sound can do. */
  readonly capabilities?: BotCapabilities | undefined;
  /** Called with each key that the client presses. Default: nothing is called. */
  readonly press?: (digit: string) => void;
  /** Called when the client sends `disconnect-bot`. */
  readonly disconnect: () => void;
}

/** Makes both ends of an RTVI channel. */
export function rtviEndpoint(options: RtviEndpointOptions): RtviEndpoint {
  const { handshake = true, disconnect, observed, capabilities } = options;
  const { channel, send, deliver, ready, end } = openRtviChannel(options);
  const press = (digit: string) => {
    observed?.observer?.key("user", digit);
    options.press?.(digit);
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
      if (message.type === "disconnect-bot") disconnect();
      else if (message.type !== "client-ready" || !handshake) deliver(message);
      else for (const answer of answerClientReady(message, capabilities)) send(answer);
      if (message.type === "client-ready") ready(message.data.version);
      if (message.type === "send-text" && handshake) send(acknowledgement(message, user));
      return true;
    },
    end,
  };
}

/**
 * The answer to `client-ready`. The same major version is served as it is, and version 1 gets its
 * own version back; any other gets an error and is served anyway.
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

/** The keys of a message: version 2.0 has one in each, later versions have many. */
function keysOf({ data }: RtviClientMessageOf<"dtmf">): readonly string[] {
  return ("buttons" in data ? data.buttons : [data.button]).filter(isKey);
}

/** Tells a client that its text has arrived. */
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
