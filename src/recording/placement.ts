/**
 * Places sound that arrives in pieces, some of them late.
 *
 * @module
 */

/** A piece of sound as it arrives; all times are in ms. */
export interface Arrival {
  /** When it arrived. */
  readonly at: number;
  /** When it was captured, by its own clock; absent if unknown. */
  readonly timestamp?: number | undefined;
  readonly durationMs: number;
}

/** Without timestamps, a longer delay than this is a pause, not jitter. */
const JITTER_MS = 200;
/** A piece that comes this much too early, or a lasting delay, corrects the estimate, in ms. */
const WRONG_MS = 2;
/** How long a delay must last: a network holds up some pieces, but none for this long. */
const STANDING_MS = 2000;
/** The same for a delay that is not jitter: the sender's clock has restarted. */
const RESTARTED_MS = 1000;

/**
 * Places pieces one after the other if the sender's clock says that they are consecutive, although
 * they arrive unevenly; a pause becomes a gap. The two clocks may run at different speeds: the
 * estimate follows the pieces that were delayed least.
 *
 * @returns When a piece begins, on the clock of the arrivals.
 */
export function createPlacement(): (arrival: Arrival) => number {
  /** When the latest piece ends, if there are no timestamps. */
  let end = -Infinity;
  /** What converts a timestamp into a time. */
  let offset: number | undefined;
  /** The least delay since a time. */
  let least = { since: 0, delay: Infinity };

  const placeUntold = (at: number): number => at - end > JITTER_MS ? at : end;
  const placeTold = (at: number, timestamp: number): number => {
    offset ??= at - timestamp;
    const delay = at - timestamp - offset;
    if (least.delay === Infinity) least = { since: at, delay };
    least.delay = Math.min(least.delay, delay);
    const long = least.delay > JITTER_MS ? RESTARTED_MS : STANDING_MS;
    const early = delay < -WRONG_MS;
    const stands = at - least.since >= long;
    // Nothing arrives before it was spoken, so the earlier pieces were late.
    if (early) offset += delay;
    else if (stands && least.delay > WRONG_MS) offset += least.delay;
    if (early || stands) least.delay = Infinity;
    return timestamp + offset;
  };

  return ({ at, timestamp, durationMs }) => {
    const begins = timestamp === undefined ? placeUntold(at) : placeTold(at, timestamp);
    end = begins + durationMs;
    return begins;
  };
}
