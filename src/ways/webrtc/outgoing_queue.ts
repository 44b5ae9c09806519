/**
 * What waits to be sent: sound, of which frames of 20 ms are taken, and key presses.
 *
 * @module
 */
import { FRAME_MS } from "../../core/frame.ts";
import type { Format, Sendable } from "./sendable.ts";

/** A writer waits while more than this is queued, in ms. */
const MOST_MS = 1000;

/** The packets of a key press that are still to be sent. */
export interface Keys {
  readonly payloads: Uint8Array[];
  /** RTP timestamp of the press, once it has begun. */
  began?: number;
}

/** Sound that waits. */
interface Sound extends Sendable {
  /** How many of its samples have been taken. */
  taken: number;
}

/** A frame for one packet. */
export interface TakenFrame extends Format {
  /** 20 ms of sound, filled up with silence. */
  readonly samples: Int16Array;
  /** How much of it is sound of the queue, in ms. */
  readonly soundMs: number;
}

/** A queue that empties in the time it takes to play it. */
export interface OutgoingQueue {
  /** How long all that is in it lasts, in ms. */
  readonly ms: number;
  readonly isEmpty: boolean;
  /** Entries that were ever queued, and those of them that have left. */
  readonly added: number;
  readonly left: number;
  /** Queues sound; resolves when there is room for more. */
  sound(sound: Sendable, ms: number): Promise<void>;
  /** Queues a key press; resolves when there is room for more. */
  keys(payloads: Uint8Array[]): Promise<void>;
  /** The key press that is first; undefined where sound is, or nothing. */
  firstKeys(): Keys | undefined;
  /** Takes one packet of the key press that is first. */
  takeKey(): Uint8Array | undefined;
  /** Takes a frame of the sound that is first; undefined while its last piece may still grow. */
  takeFrame(): TakenFrame | undefined;
  /** Lets writers go on, if there is room. */
  wake(): void;
  /** Drops all. */
  clear(): void;
}

/** Makes an empty queue. */
export function createOutgoingQueue(): OutgoingQueue {
  let queue: (Sound | Keys)[] = [];
  let ms = 0;
  let room: PromiseWithResolvers<void> | undefined;
  let added = 0;
  let left = 0;
  /** Whether the end of the queue was too short for a packet at the last beat. */
  let waited = false;

  const add = async (entry: Sound | Keys, durationMs: number) => {
    queue.push(entry);
    added++;
    ms += durationMs;
    while (ms > MOST_MS) await (room ??= Promise.withResolvers()).promise;
  };
  const leave = () => {
    queue.shift();
    left++;
  };
  const wake = () => {
    room?.resolve();
    room = undefined;
  };
  const firstKeys = (): Keys | undefined => {
    const [first] = queue;
    return first && "payloads" in first ? first : undefined;
  };

  return {
    get ms() {
      return ms;
    },
    get isEmpty() {
      return queue.length === 0;
    },
    get added() {
      return added;
    },
    get left() {
      return left;
    },
    sound: (sound, durationMs) => add({ ...sound, taken: 0 }, durationMs),
    keys: (payloads) => add({ payloads }, payloads.length * FRAME_MS),
    firstKeys,
    takeKey() {
      const keys = firstKeys();
      const payload = keys?.payloads.shift();
      if (keys?.payloads.length === 0) leave();
      ms = Math.max(0, ms - FRAME_MS);
      return payload;
    },
    takeFrame() {
      const [first] = queue;
      if (!first || !("rate" in first)) return undefined;
      const { rate, channels } = first;
      const size = rate * FRAME_MS / 1000 * channels;
      const matching = (piece: Sound | Keys | undefined): piece is Sound =>
        piece !== undefined && "rate" in piece && piece.rate === rate &&
        piece.channels === channels;
      let available = 0;
      let pieces = 0;
      for (let piece = queue[0]; available < size && matching(piece); piece = queue[++pieces]) {
        available += piece.samples.length - piece.taken;
      }
      if (available < size && pieces === queue.length && !waited) {
        waited = true;
        return undefined;
      }
      waited = false;
      const samples = new Int16Array(size);
      for (let filled = 0, piece = queue[0]; filled < size && matching(piece); piece = queue[0]) {
        const part = piece.samples.subarray(piece.taken, piece.taken + size - filled);
        samples.set(part, filled);
        filled += part.length;
        piece.taken += part.length;
        if (piece.taken === piece.samples.length) leave();
      }
      const soundMs = Math.min(available, size) / size * FRAME_MS;
      ms = queue.length === 0 ? 0 : ms - soundMs;
      return { samples, rate, channels, soundMs };
    },
    wake() {
      if (ms <= MOST_MS) wake();
    },
    clear() {
      queue = [];
      left = added;
      ms = 0;
      waited = false;
      wake();
    },
  };
}
