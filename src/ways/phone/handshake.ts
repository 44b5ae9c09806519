/**
 * Reads a carrier's messages before the call begins, up to its start message and no further.
 *
 * @module
 */
import type { Carrier, CarrierStart } from "../../core/carrier.ts";
import type { CloseInfo, Message, Socket } from "../../core/duplex.ts";
import { RunnerError } from "../../core/error.ts";
import { parseJson } from "../../core/json.ts";
import { inTime } from "../../core/wait.ts";
import type { ServeStream, StreamLook } from "../way.ts";

/** How long a carrier may take until it starts, in ms. */
const DEADLINE_MS = 10_000;
/** Messages, and characters in all, that may come before the start and with it. */
const MOST_MESSAGES = 16;
const MOST_CHARACTERS = 64 << 10;
/** Characters of audio that may come too early: all that a carrier sends until the deadline. */
const MOST_EARLY = 1 << 20;

const POLICY = 1008;
/** Our own code for a message that cannot be used, as HTTP's 400. */
const BAD_MESSAGE = 4400;

/** The result of a handshake: the stream starts, or the socket must be closed. */
export type HandshakeResult =
  | {
    readonly kind: "started";
    readonly carrier: Carrier;
    readonly start: CarrierStart;
    /** Audio and keys that came before the start, in their order. */
    readonly early: readonly Message[];
  }
  /** It is not a carrier's: the first message was for another way. */
  | { readonly kind: "other"; readonly serve: ServeStream }
  | { readonly kind: "refused"; readonly close: CloseInfo };

/**
 * Makes the reader of one handshake. It takes the messages one by one, and returns the result once
 * there is one.
 *
 * @param carriers Whose start is looked for, in this order.
 * @param query The query of the address that the socket was opened at, without our own token.
 * @param others Other ways, which are shown the first message.
 */
export function createHandshake(
  carriers: readonly Carrier[],
  query = new URLSearchParams(),
  others: readonly StreamLook[] = [],
): (message: Message) => HandshakeResult | undefined {
  let messages = 0;
  let characters = 0;
  let earlyCharacters = 0;
  const early: Message[] = [];
  return (message) => {
    // Some senders frame their text as bytes.
    const text = typeof message === "string" ? message : new TextDecoder().decode(message);
    const json = parseJson(text);
    const audio = json === undefined && typeof message !== "string"; // as some carriers stream it
    if (audio && messages === 0 && early.length === 0) {
      for (const other of others) {
        const serve = other.readBytes?.(message);
        if (serve) return { kind: "other", serve };
      }
    }
    if (audio || isEarly(json)) {
      earlyCharacters += text.length;
      early.push(message);
    } else {
      messages++;
      characters += text.length;
    }
    const much = messages > MOST_MESSAGES || characters > MOST_CHARACTERS ||
      earlyCharacters > MOST_EARLY;
    if (much) return refused(POLICY, "Too much was sent before the start message");
    if (audio) return undefined;
    for (const other of messages === 1 ? others : []) {
      const serve = other.read(json);
      if (serve) return { kind: "other", serve };
    }
    for (const carrier of carriers) {
      try {
        const start = carrier.readStart(json ?? text, query);
        if (start) return { kind: "started", carrier, start, early };
      } catch (error) {
        if (error instanceof RunnerError) return refused(BAD_MESSAGE, error.message);
        throw error;
      }
    }
    return undefined;
  };
}

/**
 * Reads a socket until the stream starts. What comes after the start remains to be read. Undefined
 * if the other side left first.
 */
export async function readHandshake(
  socket: Socket,
  carriers: readonly Carrier[],
  query = new URLSearchParams(),
  deadlineMs: number = DEADLINE_MS,
  others: readonly StreamLook[] = [],
): Promise<HandshakeResult | undefined> {
  const take = createHandshake(carriers, query, others);
  const reader = socket.readable.getReader();
  const read = async (): Promise<HandshakeResult | undefined> => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return undefined;
      const result = take(value);
      if (result) return result;
    }
  };
  const reading = read();
  try {
    return await inTime(
      deadlineMs,
      reading,
      () => refused(POLICY, `No start message came within ${deadlineMs / 1000} s`),
    );
  } finally {
    reading.catch(() => {}); // after the deadline, releasing the lock ends a read that nobody awaits
    reader.releaseLock();
  }
}

function refused(closeCode: number, reason: string): HandshakeResult {
  return { kind: "refused", close: { closeCode, reason } };
}

/** Tells whether a message belongs to a stream that has begun. */
function isEarly(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("event" in value)) return false;
  return typeof value.event === "string" && /^(media|dtmf)$/i.test(value.event);
}
