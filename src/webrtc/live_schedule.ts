/**
 * Which live frames are worth playing.
 *
 * @module
 */

/** Decides about the frames of a call that are written back as they come. */
export interface LiveSchedule {
  /**
   * Tells whether to play a frame. It is dropped when its time has passed, as after a stall of the
   * process, for what is played late now would stay late for the rest of the call.
   *
   * @param timestamp When the frame was captured, in ms.
   * @param durationMs Its length.
   * @param now The time, in ms.
   */
  accept(timestamp: number, durationMs: number, now: number): boolean;
}

/** A frame that is this late is dropped; one that is less late shifts those after it. */
const LATEST_MS = 60;
/** A gap in front of a frame that begins a new passage; the time between passages is not kept. */
const GAP_MS = 60;
/** A frame that repeats something older than this also begins a new passage. */
const REPEAT_MS = 1000;
/**
 * When all frames of a window were this early, one is dropped: the delay was needed, but no more.
 */
const EARLY_MS = 30;
/** Earlier frames were not delayed by jitter: the bot writes faster than time passes. */
const AHEAD_MS = 250;
const WINDOW_MS = 1000;

/** Makes a schedule; its first frame is played at once, and those after it in step. */
export function createLiveSchedule(): LiveSchedule {
  let lastEnd: number | undefined;
  /** From the time of capture to the time of playing. */
  let delay = 0;
  let window = { until: 0, earliest: Infinity };
  return {
    accept(timestamp, durationMs, now) {
      const gap = timestamp - (lastEnd ?? -Infinity);
      if (gap > GAP_MS || gap < -REPEAT_MS) {
        delay = now - timestamp;
        window = { until: now + WINDOW_MS, earliest: Infinity };
      }
      lastEnd = timestamp + durationMs;
      const early = timestamp + delay - now;
      if (early < -LATEST_MS) return false;
      if (early < 0) delay -= early;
      window.earliest = Math.min(window.earliest, early);
      if (now < window.until) return true;
      const tooEarly = window.earliest > EARLY_MS && window.earliest < AHEAD_MS;
      window = { until: now + WINDOW_MS, earliest: Infinity };
      if (tooEarly) delay -= durationMs;
      return !tooEarly;
    },
  };
}
