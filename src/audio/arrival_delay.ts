/**
 * Measures how irregularly the packets of a stream arrive.
 *
 * @module
 */

/** The delays of one stream. */
export interface ArrivalDelay {
  /** Notes a packet that arrived at `now`, in ms. */
  note(timestamp: number, now: number): void;
  /** How much later than the quickest recent packet the slowest one came, in ms. */
  spreadMs(): number;
}

/** Delays are remembered for one to two windows, in ms. */
const WINDOW_MS = 2000;

interface Range {
  least: number;
  most: number;
}

/**
 * Makes an empty measure.
 *
 * @param clockRate Of the RTP timestamps, in Hz.
 */
export function createArrivalDelay(clockRate: number): ArrivalDelay {
  const unitsPerMs = clockRate / 1000;
  /** The first packet, from which all other delays are counted. */
  let first: { readonly timestamp: number; readonly now: number } | undefined;
  let began = 0;
  let before: Range | undefined;
  let current: Range | undefined;
  return {
    note(timestamp, now) {
      first ??= { timestamp, now };
      const delay = now - first.now - ((timestamp - first.timestamp) | 0) / unitsPerMs;
      if (!current || now - began > WINDOW_MS) {
        before = current;
        began = now;
        current = { least: delay, most: delay };
        return;
      }
      current.least = Math.min(current.least, delay);
      current.most = Math.max(current.most, delay);
    },
    spreadMs() {
      if (!current) return 0;
      const most = Math.max(current.most, before?.most ?? -Infinity);
      return most - Math.min(current.least, before?.least ?? Infinity);
    },
  };
}
