/**
 * Frames in a format that all codecs encode, and as many channels as the client hears.
 *
 * @module
 */
import { toMono } from "../../audio/channels.ts";
import type { OpusSampleRate } from "../../audio/opus.ts";
import { createResampler, type Resampler } from "../../audio/resample.ts";
import type { AudioFrame } from "../../core/frame.ts";

const RATES: readonly OpusSampleRate[] = [8000, 12_000, 16_000, 24_000, 48_000];
/** No bot has more rates than these at one time. */
const MOST_RESAMPLERS = 4;

/** How sound is encoded. */
export interface Format {
  /** Samples per second, in Hz. */
  readonly rate: OpusSampleRate;
  readonly channels: 1 | 2;
}

/** Sound that can be encoded; its samples are nobody else's. */
export interface Sendable extends Format {
  readonly samples: Int16Array;
}

/** Converts the frames of one stream. */
export interface Preparer {
  /** Makes a frame sendable. */
  prepare(frame: AudioFrame, stereo: boolean): Sendable;
  /** A new sound begins, without the end of the one before. */
  flush(): void;
}

/** Makes a preparer. */
export function createPreparer(): Preparer {
  const resamplers = new Map<number, Resampler>();
  const resamplerOf = (sampleRate: number, rate: number): Resampler => {
    let resampler = resamplers.get(sampleRate);
    if (!resampler) {
      if (resamplers.size === MOST_RESAMPLERS) resamplers.clear();
      resamplers.set(sampleRate, resampler = createResampler(sampleRate, rate));
    }
    return resampler;
  };
  return {
    prepare({ samples, sampleRate, channels }, stereo) {
      const rate = RATES.find((rate) => rate >= sampleRate) ?? 48_000;
      // The bot may use its array again before the frame is sent.
      if (rate === sampleRate && channels === 2 && stereo) {
        return { samples: samples.slice(), rate, channels };
      }
      const mono = toMono(samples, channels);
      const own = rate !== sampleRate ? resamplerOf(sampleRate, rate).process(mono) : mono;
      return { samples: own === samples ? samples.slice() : own, rate, channels: 1 };
    },
    flush() {
      for (const resampler of resamplers.values()) resampler.flush();
    },
  };
}
