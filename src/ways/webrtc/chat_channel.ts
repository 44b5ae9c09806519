/**
 * The data channel of Pipecat's SmallWebRTC transport: pings, signalling and app messages.
 *
 * It is the one named `chat`. If a client names none so, it is the first one that it uses.
 *
 * @module
 */
import { parseJson } from "../../core/json.ts";
import type { Logger } from "../../core/log.ts";
import type { RTCDataChannel } from "werift";

/** The app messages of a call, over one data channel after another. */
export interface ChatChannel {
  /** Considers a channel that the client has opened. */
  attach(channel: RTCDataChannel): void;
  /** Leaves all channels: what is sent from now on waits for the next one. */
  detach(): void;
  /** Sends an app message, as soon as a channel is open. */
  send(data: unknown): void;
  /** Tells the client something about the call, if a channel is open. */
  signal(type: "renegotiate" | "peerLeft"): boolean;
  /** Whether the channel is open. */
  readonly open: boolean;
  /** Whether messages wait for the channel. */
  readonly waits: boolean;
  /** Whether the client has pinged: such a client is never silent for long. */
  readonly pinged: boolean;
  /** Lets time pass. */
  tick(elapsedMs: number): void;
}

/** What a {@link ChatChannel} reports to its owner. */
export interface ChatHandlers {
  /** The channel is open. */
  readonly onOpen: () => void;
  /** The client has ended all channels at once, which it does when it leaves. */
  readonly onClose: () => void;
  /** The client sends an app message. */
  readonly onMessage: (data: unknown) => void;
  /** The client says whether it sends on a section, by its number. */
  readonly onTrack: (section: number, isOn: boolean) => void;
}

/** Messages that wait for a channel, and their characters; more are dropped. */
const MAX_WAITING = 256;
const MAX_WAITING_CHARACTERS = 4 << 20;
/** Bytes on their way at which messages are dropped: the client does not acknowledge any more. */
const MAX_UNSENT_BYTES = 4 << 20;
/** What the channel is named as a rule. */
const NAME = "chat";
/** How long a channel of another name waits for one of this name before it takes its place, in ms. */
const NAMING_MS = 200;

/**
 * Makes a chat channel that waits for its first data channel.
 *
 * @param logger Knows whose call it is.
 */
export function createChatChannel(handlers: ChatHandlers, logger: Logger): ChatChannel {
  /** All channels that are not closed, in the order in which they came. */
  let channels: RTCDataChannel[] = [];
  let current: RTCDataChannel | undefined;
  /** For how long there have been channels, none of them with the name. */
  let unnamedMs = 0;
  let waiting: string[] = [];
  let pinged = false;
  let unreadable = 0;
  let waitingCharacters = 0;
  let dropped = 0;

  const isOpen = () => current?.readyState === "open";
  const transmit = (channel: RTCDataChannel, text: string) => {
    const bytes = new TextEncoder().encode(text).length;
    const { remoteMaxMessageSize: most } = channel.sctp;
    if (most > 0 && bytes > most) {
      drop(`it has ${bytes} bytes, and the client takes at most ${most}`);
    } else if (unsentBytes(channel) > MAX_UNSENT_BYTES) drop("the client does not read");
    else channel.send(text);
  };
  /** Once per call: a bot that sends without end would fill the log. */
  const drop = (reason: string) => {
    if (dropped++ > 0) return;
    logger.warn("A message to a client is dropped: {reason}; further ones are not logged", {
      reason,
    });
  };
  const receive = (message: string | Uint8Array) => {
    const text = typeof message === "string" ? message : new TextDecoder().decode(message);
    if (text.startsWith("ping")) {
      pinged = true;
      return;
    }
    const data = parseJson(text);
    if (data === undefined) {
      // Once per call: a client that does not speak JSON would fill the log.
      if (unreadable++ === 0) logger.warn("A client sends messages that are not JSON");
      return;
    }
    if (isSignalling(data)) {
      const status = readTrackStatus(data.message);
      if (status) handlers.onTrack(status.section, status.isOn);
      return;
    }
    try {
      handlers.onMessage(data);
    } catch (error) {
      logger.error("A message could not be handled: {error}", { error });
    }
  };

  const use = (channel: RTCDataChannel | undefined) => {
    if (channel === current) return;
    current = channel;
    if (isOpen()) opened();
  };
  const opened = () => {
    const texts = waiting;
    waiting = [];
    waitingCharacters = 0;
    for (const text of texts) if (current) transmit(current, text);
    handlers.onOpen();
  };
  const named = () => channels.findLast(({ label }) => label === NAME);

  return {
    attach(channel) {
      channels.push(channel);
      channel.onMessage.subscribe((message) => {
        if (!channels.includes(channel)) return;
        if (!current) use(channel);
        if (channel === current) receive(message);
      });
      channel.stateChanged.subscribe((state) => {
        if (!channels.includes(channel)) return;
        if (state === "open" && channel === current) opened();
        if (state !== "closed") return;
        channels = channels.filter((other) => other !== channel);
        if (channel === current) use(named() ?? channels[0]);
        if (channel.sctp.sctp.state === "closed") handlers.onClose();
      });
      if (channel.label === NAME) use(channel);
    },
    detach() {
      channels = [];
      current = undefined;
      unnamedMs = 0;
      pinged = false;
    },
    send(data) {
      const text = JSON.stringify(data);
      if (text === undefined) throw new TypeError("An app message must be a JSON value");
      if (current && isOpen()) return transmit(current, text);
      const characters = waitingCharacters + text.length;
      if (waiting.length === MAX_WAITING || characters > MAX_WAITING_CHARACTERS) {
        return drop(`${waiting.length} are waiting for it`);
      }
      waitingCharacters = characters;
      waiting.push(text);
    },
    signal(type) {
      if (!current || !isOpen()) return false;
      transmit(current, JSON.stringify({ type: "signalling", message: { type } }));
      return true;
    },
    get open() {
      return isOpen();
    },
    get waits() {
      return waiting.length > 0;
    },
    get pinged() {
      return pinged;
    },
    tick(elapsedMs) {
      if (current || channels.length === 0) return;
      unnamedMs += elapsedMs;
      if (unnamedMs >= NAMING_MS) use(channels[0]);
    },
  };
}

function isSignalling(data: unknown): data is { readonly message?: unknown } {
  return typeof data === "object" && data !== null && "type" in data && data.type === "signalling";
}

/** All of signalling that a client sends. */
function readTrackStatus(
  message: unknown,
): { readonly section: number; readonly isOn: boolean } | undefined {
  if (typeof message !== "object" || message === null || !("type" in message)) return;
  if (message.type !== "trackStatus" || !("receiver_index" in message)) return;
  const { receiver_index: section } = message;
  const isOn = "enabled" in message ? message.enabled : undefined;
  return typeof section === "number" && typeof isOn === "boolean" ? { section, isOn } : undefined;
}

/** What the channel has taken and not yet put on the wire. */
function unsentBytes({ sctp: { sctp } }: RTCDataChannel): number {
  return sctp.outboundQueue.length * sctp.mtu;
}
