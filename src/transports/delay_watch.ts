/**
 * Finds the delay that stands on a live stream, so that it can be dropped.
 *
 * Jitter comes and goes: the least delay within a while is near zero. After a stall it is not, for
 * the audio that came late is played late, and all that follows waits behind it.
 *
 * @module
 */

/** The delay is judged once in this time, in ms. */
const WINDOW_MS = 500;
/** A delay up to this may stand, in ms: it keeps jitter from being heard. */
const STANDING_MS = 200;
/** What is left of a longer one, in ms. */
const REST_MS = 40;
/** Audio that comes this much faster than it plays is no live stream, whatever its delay. */
const FAST = 1.5;

/** Live audio as it is written. All times are in ms. */
export interface LiveAudio {
  readonly duration: number;
  /** In the time of its stream. */
  readonly timestamp: number;
  readonly now: number;
  /** How long until it would be played. */
  readonly delay: number;
}

/** Watches one live stream. */
export interface DelayWatch {
  /** How much audio was dropped, in ms. */
  droppedMs(): number;
  /** Tells whether this audio is to be dropped. */
  drops(audio: LiveAudio): boolean;
  /** Forgets the delay: what was waiting is gone. */
  reset(): void;
}

/** Makes a watch that has seen nothing. */
export function createDelayWatch(): DelayWatch {
  let least = Infinity;
  /** When the window began, on the clock and in the stream. */
  let began: number | undefined;
  let beganAt = 0;
  let toDrop = 0;
  let droppedMs = 0;
  return {
    droppedMs: () => droppedMs,
    drops({ duration, timestamp, now, delay }) {
      if (began === undefined) {
        began = now;
        beganAt = timestamp;
      }
      if (delay < least) least = delay;
      const passed = now - began;
      if (passed >= WINDOW_MS) {
        const fast = timestamp - beganAt > FAST * passed;
        if (least > STANDING_MS && !fast) toDrop = least - REST_MS;
        least = Infinity;
        began = now;
        beganAt = timestamp;
      }
      if (toDrop < duration) return false;
      toDrop -= duration;
      droppedMs += duration;
      return true;
    },
    reset() {
      least = Infinity;
      began = undefined;
      toDrop = 0;
    },
  };
}
