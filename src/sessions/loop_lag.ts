/**
 * How late the event loop is.
 *
 * When a process has more to do than it can, its timers fire late, all of them, and audio with them.
 * One long task makes only one timer late. So the mean of some seconds tells how loaded it is.
 *
 * @module
 */
import { type Clock, hostClock } from "../core/clock.ts";

/** A measurement of the event loop. */
export interface LoopLag {
  /** How late its timers were in the last seconds, on average, in ms; 0 while nothing is measured. */
  readonly ms: number;
  /** Begins to measure. */
  start(): void;
  /** Ends the measurement, and with it its timer. */
  stop(): void;
}

/** One timer is measured in this time, in ms. */
const SAMPLE_MS = 50;
/** How much a new timer counts: as one of those of the last two seconds. */
const WEIGHT = SAMPLE_MS / 2000;
/** No timer counts as later than this, in ms: a single long task is no overload. */
const LATEST_MS = 100;

/**
 * Makes a measurement that has not begun.
 *
 * @param seen Told how late each timer was, in ms.
 */
export function loopLag(
  clock: Clock = hostClock,
  seen: (lateMs: number) => void = () => {},
): LoopLag {
  let mean = 0;
  let cancel: (() => void) | undefined;
  const sample = () => {
    const due = clock.now() + SAMPLE_MS;
    cancel = clock.schedule(() => {
      const late = Math.max(0, clock.now() - due);
      seen(late);
      mean += (Math.min(late, LATEST_MS) - mean) * WEIGHT;
      sample();
    }, SAMPLE_MS);
  };
  return {
    get ms() {
      return mean;
    },
    start() {
      if (!cancel) sample();
    },
    stop() {
      cancel?.();
      cancel = undefined;
      mean = 0;
    },
  };
}
