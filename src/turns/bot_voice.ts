/**
 * What the bot says, as the transport tells it: whether it is heard, and how it sounded.
 *
 * @module
 */
import { createResampler, type Resampler } from "../audio/resample.ts";
import type { CallObserver, Sound } from "../core/call_observer.ts";

/** Remembers the last seconds of what the bot said. */
export interface BotVoice {
  /** Sees what the transport says. */
  readonly observer: CallObserver;
  /** Whether the bot is heard at a time, in ms of `performance.now()`. */
  speaking(at: number): boolean;
  /**
   * What was heard of the bot, at {@link BOT_VOICE_RATE}; undefined when that is silence.
   *
   * @param until When it ends, in ms of `performance.now()`.
   * @param count How many samples, at most those of {@link BOT_VOICE_MS}.
   */
  sound(until: number, count: number): Int16Array | undefined;
  /** Forgets all, and remembers nothing more. */
  close(): void;
}

/** Samples per second of what is remembered, in Hz. */
export const BOT_VOICE_RATE = 8000;
/** How much is remembered, in ms. */
export const BOT_VOICE_MS = 2048;

/** Sound that follows another within this time continues it, in ms: times are not exact. */
const TOGETHER_MS = 40;
const PER_MS = BOT_VOICE_RATE / 1000;
const SIZE = BOT_VOICE_MS * PER_MS;
const nothing = () => {};

/** Makes a memory of what the bot says. */
export function createBotVoice(): BotVoice {
  /** The samples by their number since time began, modulo its length. */
  let ring: Int16Array | undefined = new Int16Array(SIZE);
  /** The number of the sample after the last that was said. */
  let end = 0;
  let from = 0;
  let resampler: Resampler | undefined;

  const silenceUntil = (sample: number) => {
    if (sample - end >= SIZE) ring?.fill(0);
    else for (let i = end; i < sample; i++) ring![i % SIZE] = 0;
    end = sample;
  };

  const spoken = ({ samples, sampleRate, at }: Sound) => {
    if (!ring) return;
    if (sampleRate !== from) resampler = createResampler(from = sampleRate, BOT_VOICE_RATE);
    const sound = resampler!.process(samples); // made when `from` changed
    const begin = Math.round(at * PER_MS);
    if (begin - end > TOGETHER_MS * PER_MS) silenceUntil(begin);
    for (const sample of sound) ring[end++ % SIZE] = sample;
  };

  const silenced = (at: number) => {
    const last = Math.round(at * PER_MS);
    if (!ring || last >= end) return;
    for (let i = Math.max(last, end - SIZE); i < end; i++) ring[i % SIZE] = 0;
    end = last;
  };

  return {
    observer: {
      spoken,
      silenced,
      heard: nothing,
      interrupted: nothing,
      message: nothing,
      key: nothing,
      mark: nothing,
    },
    speaking: (at) => at * PER_MS < end,
    sound(until, count) {
      const last = Math.round(until * PER_MS);
      if (!ring || last - count >= end) return undefined;
      const sound = new Int16Array(count);
      for (let i = Math.max(0, end - SIZE, last - count); i < Math.min(last, end); i++) {
        sound[i - (last - count)] = ring[i % SIZE]!;
      }
      return sound;
    },
    close() {
      ring = undefined;
      end = 0;
    },
  };
}
