/**
 * Knows which packets of a stream are missing, and when to ask for them again.
 *
 * @module
 */

/** Watches the sequence numbers of one stream. */
export interface MissingPackets {
  /** Notes a packet that arrived at `now`, in ms. */
  note(sequence: number, now: number): void;
  /** The sequence numbers to ask for at `now`. */
  due(now: number): number[];
  /** Forgets all of them, and begins with the next packet. */
  clear(): void;
}

/** A packet that is late by less has only been overtaken. */
const PATIENCE_MS = 15;
/** The time between two requests for the same packet: more than most round trips. */
const AGAIN_MS = 100;
const MOST_REQUESTS = 3;
/** With more missing at a time a new key frame is the shorter way. */
const MOST_MISSING = 128;

/** Makes a watch that begins with the first packet. */
export function createMissingPackets(): MissingPackets {
  let highest: number | undefined;
  const missing = new Map<number, { dueAt: number; requests: number }>();
  return {
    note(sequence, now) {
      missing.delete(sequence);
      const ahead = highest === undefined ? 0 : ((sequence - highest) << 16) >> 16;
      if (highest !== undefined && ahead <= 0) return;
      if (ahead > MOST_MISSING) missing.clear();
      else {
        for (let back = ahead - 1; back > 0; back--) {
          missing.set((sequence - back) & 0xffff, { dueAt: now + PATIENCE_MS, requests: 0 });
        }
        for (const oldest of missing.keys()) {
          if (missing.size <= MOST_MISSING) break;
          missing.delete(oldest);
        }
      }
      highest = sequence;
    },
    due(now) {
      const due: number[] = [];
      for (const [sequence, entry] of missing) {
        if (entry.dueAt > now) continue;
        if (entry.requests === MOST_REQUESTS) missing.delete(sequence);
        else {
          entry.requests++;
          entry.dueAt = now + AGAIN_MS;
          due.push(sequence);
        }
      }
      return due;
    },
    clear() {
      highest = undefined;
      missing.clear();
    },
  };
}
