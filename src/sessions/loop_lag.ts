/**
 * How late the event loop is.
 *
 * If a process is overloaded, all its timers fire late, and audio with them. One long task makes
 * only one timer late. So the mean of some seconds shows the load.
 *
 * @module
 */
import { type Clock, hostClock } from "../core/clock.ts";

/** A measurement of the event loop. */
export interface LoopLag {
  /** The mean lateness of its timers in the last seconds, in ms; 0 while nothing is measured. */
  readonly ms: number;
  /** Begins to measure. */
  start(): void;
  /** Ends the measurement, and with it its timer. */
  stop(): void;
}

/** The interval of the measurement, in ms. */
const SAMPLE_MS = 50;
/** The weight of a new sample: that of the samples of two seconds. */
const WEIGHT = SAMPLE_MS / 2000;
/** No sample counts as later than this, in ms: a single long task is not overload. */
const LATEST_MS = 100;

/**
 * Makes a stopped measurement.
 *
 * @param seen Called with the lateness of each timer, in ms.
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
