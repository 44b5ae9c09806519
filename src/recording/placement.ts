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

/** A delay that is longer than this is a pause, where no timestamp tells it from jitter. */
const JITTER_MS = 200;
/** A piece that comes this much too early, or a delay that stands, corrects the reckoning, in ms. */
const WRONG_MS = 2;
/** How long a delay has to stand: a network holds some pieces up, and none of them for so long. */
const STANDING_MS = 2000;
/** The same for a delay that is no jitter: the sender's clock has started again. */
const RESTARTED_MS = 1000;

/**
 * Places pieces one behind the other where the sender's clock says that they follow one another,
 * though they arrive unevenly; a pause becomes a gap. The two clocks need not run alike: the reckoning
 * follows the pieces that were held up for least.
 *
 * @returns When a piece begins, on the clock of the arrivals.
 */
export function createPlacement(): (arrival: Arrival) => number {
  /** When the latest piece ends, where there are no timestamps. */
  let end = -Infinity;
  /** What turns a timestamp into a time. */
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
    // Nothing arrives before it was spoken: the pieces before were late.
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
