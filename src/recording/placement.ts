/**
 * Where sound belongs that arrives in pieces, some of them late.
 *
 * @module
 */

/** A piece of sound as it arrives; all times are in ms. */
export interface Arrival {
  /** When it arrived. */
  readonly at: number;
  /** When it was captured, by a clock of its own; absent where that is not told. */
  readonly timestamp?: number | undefined;
  readonly durationMs: number;
}

/** A delay that is longer than this and stays is a pause, or another clock, and no jitter. */
const JITTER_MS = 200;
/** A piece that comes this much too early corrects the reckoning, in ms. */
const EARLY_MS = 4;
/** How long a delay has to stay, where there are timestamps that may catch up. */
const STANDING_MS = 1000;

/**
 * Places pieces one behind the other where the sender's clock says that they follow one another,
 * though they arrive unevenly; a pause becomes a gap.
 *
 * @returns When a piece begins, on the clock of the arrivals.
 */
export function createPlacement(): (arrival: Arrival) => number {
  /** When the latest piece ends. */
  let end: number | undefined;
  /** What turns a timestamp into a time. */
  let offset = 0;
  let lateSince: number | undefined;

  return ({ at, timestamp, durationMs }) => {
    const told = timestamp === undefined ? end : timestamp + offset;
    let begins = told ?? at;
    const delay = at - begins;
    // Nothing arrives before it was spoken: the pieces before were late.
    const early = delay < -EARLY_MS && timestamp !== undefined;
    if (delay <= JITTER_MS) lateSince = undefined;
    else lateSince ??= at;
    const stands = lateSince !== undefined &&
      (timestamp === undefined || at - lateSince >= STANDING_MS);
    if (end === undefined || early || stands) {
      begins = at;
      lateSince = undefined;
      if (timestamp !== undefined) offset = at - timestamp;
    }
    end = begins + durationMs;
    return begins;
  };
}
