/**
 * One timer for everything that must happen every 20 ms.
 *
 * Each deadline is counted from the first one, so the ticker does not drift, however late a single
 * timer fires. All sessions of a process share one timer.
 *
 * @module
 */

import { type Clock, hostClock } from "../core/clock.ts";
import { getLogger } from "../core/log.ts";
import { FRAME_MS } from "../core/frame.ts";

/** A steady beat. */
export interface Ticker {
  /**
   * Calls `onTick` on every beat, with the number of elapsed intervals: 1, or up to 3 if the
   * process was held up. Longer stalls are not made up. Returns a function that ends the calls.
   */
  add(onTick: (ticks: number) => void): () => void;
}

const MOST_TICKS = 3;
/** Timers count whole milliseconds, so one may fire this much before its deadline. */
const EARLY_MS = 1;

const logger = getLogger(["pipecat", "runner", "audio"]);

/**
 * Makes a ticker; its timer runs only while somebody listens.
 *
 * @param intervalMs Time between beats.
 */
export function createTicker(
  intervalMs: number = FRAME_MS,
  clock: Clock = hostClock,
): Ticker {
  const listeners = new Set<{ onTick(ticks: number): void; failed: boolean }>();
  let stop: (() => void) | undefined;
  /** When the latest beat was due. */
  let beat = 0;

  const arm = () => {
    const delayMs = Math.max(0, beat + intervalMs - clock.now());
    stop = clock.schedule(fire, delayMs);
  };
  const fire = () => {
    const passed = Math.floor((clock.now() - beat + EARLY_MS) / intervalMs);
    beat += passed * intervalMs;
    // Armed first: a listener may be slow, and the last one to leave clears the timer.
    arm();
    if (passed === 0) return;
    const ticks = Math.min(passed, MOST_TICKS);
    for (const listener of [...listeners]) {
      if (!listeners.has(listener)) continue;
      try {
        listener.onTick(ticks);
      } catch (error) {
        // Logged once per listener, because it would fail again fifty times a second; and without a
        // session, because this runs in the context of whichever listener came first.
        if (!listener.failed) {
          const fields = { error, sessionId: undefined };
          logger.error("A ticker listener failed: {error}", fields);
        }
        listener.failed = true;
      }
    }
  };

  return {
    add(onTick) {
      const listener = { onTick, failed: false };
      listeners.add(listener);
      if (stop === undefined) {
        beat = clock.now();
        arm();
      }
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        stop?.();
        stop = undefined;
      };
    },
  };
}

/** The beat of 20 ms that all sessions of a process share. It rests while nobody listens. */
export const sharedTicker: Ticker = createTicker();
