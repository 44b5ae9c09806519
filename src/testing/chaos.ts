/**
 * What can go wrong on the way to a server, deliberately and repeatably.
 *
 * @module
 */
import type { Message } from "../core/duplex.ts";

/** What should go wrong in a call. */
export interface CallChaos {
  /** How late the start message is, in ms. Default: 0, directly after the preceding message. */
  readonly startDelayMs?: number;
  /** Delivers this many media messages at a time in a random order, as Telnyx may. */
  readonly shuffle?: number;
  /** Also streams what the caller hears, as the outbound track, if the carrier names its tracks. */
  readonly bothTracks?: boolean;
  /**
   * Inserts messages that are malformed, unknown, out of place or oversized: one before each of the
   * first messages, then one before every `garbage`-th.
   */
  readonly garbage?: number;
  /** Frames its text as bytes, as some senders do. */
  readonly asBytes?: boolean;
  /** Streams this many messages of silence before the start message. */
  readonly earlyMedia?: number;
  /**
   * Repeats the webhook this many times at the same moment, as a carrier that saw no answer does:
   * the answers must be the same.
   */
  readonly repeats?: number;
  /** How long each message is on its way, in either direction, in ms. Default: 0. */
  readonly latencyMs?: number;
  /**
   * After a pause, how long the carrier waits for more before it plays what came, in ms. Default:
   * 0.
   */
  readonly bufferMs?: number;
  /** Chooses another random order. Default: 1. */
  readonly seed?: number;
}

/** A disturbed way for messages. */
export interface ChaoticLine {
  /** Sends a message that keeps its place. */
  send(message: string): void;
  /** Sends a media message. */
  media(message: Message): void;
  /** Delivers what is still held back. */
  flush(): void;
}

/** Disturbs what is sent. */
export function disturb(chaos: CallChaos, send: (message: Message) => void): ChaoticLine {
  const { shuffle = 1, garbage = 0, asBytes = false } = chaos;
  const random = createRandom(chaos.seed ?? 1);
  const held: Message[] = [];
  let count = 0;
  const deliver = (message: Message) => {
    const surprise = garbage > 0 && (count < GARBAGE.length || count % garbage === 0)
      ? GARBAGE[count % GARBAGE.length]
      : undefined;
    count++;
    if (surprise !== undefined) send(surprise);
    send(asBytes && typeof message === "string" ? new TextEncoder().encode(message) : message);
  };
  const flush = () => {
    while (held.length > 0) {
      const [message] = held.splice(Math.floor(random() * held.length), 1);
      if (message !== undefined) deliver(message);
    }
  };
  return {
    send: deliver,
    media(message) {
      held.push(message);
      if (held.length >= shuffle) flush();
    },
    flush,
  };
}

/** None of these may end a call or be heard. */
const GARBAGE: readonly Message[] = [
  "",
  "not json",
  "null",
  "[]",
  '"text"',
  "{}",
  '{"event":null}',
  '{"event":"surprise"}',
  '{"event":"media"}',
  '{"event":"media","media":null}',
  '{"event":"media","media":{"payload":7}}',
  '{"event":"media","media":{"track":"inbound","payload":"*** not base64 ***"}}',
  '{"event":"media","media":{"track":"inbound","chunk":"x","timestamp":[],"payload":"/"}}',
  '{"event":"dtmf","dtmf":{"digit":"Z"}}',
  '{"event":"dtmf","dtmf":{"digit":""}}',
  '{"event":"mark"}',
  '{"event":"mark","mark":{"name":"never-sent"}}',
  '{"event":"playedStream","name":"never-sent"}',
  '{"event":"clearedAudio"}',
  '{"event":"error","payload":{"code":100003,"title":"malformed_frame"}}',
  `{"event":"surprise","padding":"${"x".repeat(100_000)}"}`,
  "[".repeat(10_000),
  new Uint8Array([0, 1, 255]), // neither text nor 16-bit samples
];

/** Numbers from 0 to 1, always the same for the same seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ state >>> 15, state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}
