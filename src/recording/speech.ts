/**
 * Finds who speaks when, by loudness.
 *
 * @module
 */

/** A stretch of speech, in samples from the start. */
export interface Speech {
  readonly from: number;
  readonly to: number;
}

/** Finds speech in one channel. */
export interface SpeechFinder {
  /** Takes the next samples; returns the stretches that ended in them. */
  push(samples: Int16Array): Speech[];
  /** Ends the last stretch. */
  end(): Speech[];
}

const STEP_MS = 20;
/** Quieter sound is not speech: −45 dB below full scale. */
const LEAST_POWER = (32768 * 10 ** (-45 / 20)) ** 2;
/** A pause of this length ends a stretch, in ms. */
const PAUSE_MS = 600;
/** Shorter sounds are not speech, in ms. */
const SHORTEST_MS = 60;

/** Makes a finder for one channel of a recording. */
export function createSpeechFinder(sampleRate: number): SpeechFinder {
  const step = sampleRate * STEP_MS / 1000;
  let position = 0;
  let power = 0;
  let count = 0;
  let from: number | undefined;
  let loudUntil = 0;

  const close = (): Speech[] => {
    if (from === undefined) return [];
    const speech = { from, to: loudUntil };
    from = undefined;
    return speech.to - speech.from >= sampleRate * SHORTEST_MS / 1000 ? [speech] : [];
  };

  return {
    push(samples) {
      const ended: Speech[] = [];
      for (const sample of samples) {
        power += sample * sample;
        position++;
        if (++count < step) continue;
        if (power / step >= LEAST_POWER) {
          from ??= position - step;
          loudUntil = position;
        } else if (position - loudUntil >= sampleRate * PAUSE_MS / 1000) ended.push(...close());
        power = 0;
        count = 0;
      }
      return ended;
    },
    end: close,
  };
}
