/**
 * Where speech begins and ends, from how sure a detector is of each window.
 *
 * @module
 */

/** How sure and how long. */
export interface EndpointerOptions {
  /** The stretch over which speech begins, in ms. */
  readonly startMs: number;
  /** How sure the detector must be of that stretch on average, from 0 to 1. */
  readonly confidence: number;
  /** How long a window is, in ms. */
  readonly windowMs: number;
}

/** Follows a stream, window by window. */
export interface Endpointer {
  /** Whether the stretch that just passed is speech. */
  readonly speech: boolean;
  /** How long ago the first possible speech of that stretch began, in ms. */
  readonly soundMs: number;
  /** How long nobody has been speaking, in ms. */
  readonly silenceMs: number;
  /** Takes how sure the detector is of the next window. */
  push(confidence: number): void;
  /** Forgets the stretch: past speech begins no new turn. */
  reset(): void;
}

/**
 * Continuing speech is softer at its ends than at its beginning: there the detector may be this
 * much less sure, as in Silero's own code.
 */
const LENIENCE = 0.15;

/** Makes an endpointer. */
export function createEndpointer({ startMs, confidence, windowMs }: EndpointerOptions): Endpointer {
  const stretch = new Float64Array(Math.max(1, Math.round(startMs / windowMs)));
  let next = 0;
  let silenceMs = 0;
  return {
    get speech() {
      let sum = 0;
      for (const one of stretch) sum += one;
      return sum / stretch.length >= confidence;
    },
    get soundMs() {
      for (let age = stretch.length; age > 0; age--) {
        if (stretch[(next + stretch.length - age) % stretch.length]! > 0) return age * windowMs;
      }
      return 0;
    },
    get silenceMs() {
      return silenceMs;
    },
    push(sure) {
      stretch[next] = sure;
      next = (next + 1) % stretch.length;
      silenceMs = sure >= confidence - LENIENCE ? 0 : silenceMs + windowMs;
    },
    reset() {
      stretch.fill(0);
    },
  };
}
