/**
 * Time, which tests give.
 *
 * @module
 */

/** Tells the time, and calls back later. */
export interface Clock {
  /** Steady time in ms. */
  now(): number;
  /** Calls back once after a delay in ms, unless the returned function is called before. */
  schedule(callback: () => void, delayMs: number): () => void;
}

/** The time of the host. */
export const hostClock: Clock = {
  now: () => performance.now(),
  schedule(callback, delayMs) {
    // What is due already is due at once: hosts warn of negative times.
    const timer = setTimeout(callback, Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};
