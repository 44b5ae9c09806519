/**
 * What the bot says, as the transport reports it: whether it is heard, and how it sounded.
 *
 * @module
 */
import { createResampler, type Resampler } from "../audio/resample.ts";
import type { CallObserver, Sound } from "../core/call_observer.ts";

/** Remembers the last seconds of what was heard of the bot. */
export interface BotVoice {
  /** Sees what the transport says. */
  readonly observer: CallObserver;
  /** When the user was last heard, in ms of the transport's clock; undefined before. */
  readonly userHeardAt: number | undefined;
  /** Whether the bot is heard at a time, in ms of that clock; a short pause counts as heard. */
  speaking(at: number): boolean;
  /**
   * What was heard of the bot and its background, at {@link BOT_VOICE_RATE}; undefined if that is
   * silence.
   *
   * @param until When it ends, in ms of that clock.
   * @param count How many samples, at most those of {@link BOT_VOICE_MS}.
   */
  sound(until: number, count: number): Int16Array | undefined;
  /** Forgets everything, and remembers nothing more. */
  close(): void;
}

/** Samples per second of what is remembered, in Hz. */
export const BOT_VOICE_RATE = 8000;
/** How much is remembered, in ms. */
export const BOT_VOICE_MS = 2048;

/** Sound that follows another within this time continues it, in ms: times are not exact. */
const TOGETHER_MS = 40;
/**
 * A bot that is silent for longer than this, in ms, is not speaking, though it may write silence.
 */
const LONGEST_PAUSE_MS = 1000;
/** Louder than this, as a sample, is audible: 50 dB below full scale. */
const AUDIBLE = 100;
const PER_MS = BOT_VOICE_RATE / 1000;
const SIZE = BOT_VOICE_MS * PER_MS;
const nothing = () => {};

/** Makes a memory of what the bot says. */
export function createBotVoice(): BotVoice {
  let voice = createTrack();
  let background = createTrack();
  let userHeardAt: number | undefined;
  let closed = false;
  return {
    observer: {
      spoken: (sound) => closed || voice.add(sound),
      background: (sound) => closed || background.add(sound),
      silenced(at) {
        voice.cut(at);
        background.cut(at);
      },
      heard({ samples, sampleRate, at }) {
        userHeardAt = at + samples.length / sampleRate * 1000;
      },
      interrupted: nothing,
      message: nothing,
      key: nothing,
      mark: nothing,
    },
    get userHeardAt() {
      return userHeardAt;
    },
    speaking: (at) =>
      at * PER_MS < Math.min(voice.end, voice.audibleEnd + LONGEST_PAUSE_MS * PER_MS),
    sound(until, count) {
      const last = Math.round(until * PER_MS);
      if (last - count >= Math.max(voice.end, background.end)) return undefined;
      const sound = new Int16Array(count);
      for (const track of [voice, background]) track.mixInto(sound, last - count);
      return sound;
    },
    close() {
      closed = true;
      voice = createTrack();
      background = createTrack();
    },
  };
}

/** Sound with the times at which it is heard, counted in samples since the clock began. */
interface Track {
  /** The time after the last sound. */
  readonly end: number;
  /** The time after the last that was audible. */
  readonly audibleEnd: number;
  add(sound: Sound): void;
  /** Forgets what was going to be heard after a time, in ms. */
  cut(at: number): void;
  mixInto(sound: Int16Array, from: number): void;
}

function createTrack(): Track {
  /** The samples by their time, modulo its length; made when there are some. */
  let ring: Int16Array | undefined;
  let end = 0;
  let audibleEnd = 0;
  let rate = 0;
  let resampler: Resampler | undefined;
  return {
    get end() {
      return end;
    },
    get audibleEnd() {
      return audibleEnd;
    },
    add({ samples, sampleRate, at }) {
      ring ??= new Int16Array(SIZE);
      if (sampleRate !== rate) resampler = createResampler(rate = sampleRate, BOT_VOICE_RATE);
      const sound = resampler!.process(samples); // made when `rate` changed
      const begin = Math.round(at * PER_MS);
      if (begin - end > TOGETHER_MS * PER_MS) {
        for (let i = Math.max(end, begin - SIZE); i < begin; i++) ring[i % SIZE] = 0;
        end = begin;
      }
      for (const sample of sound) {
        ring[end++ % SIZE] = sample;
        if (Math.abs(sample) > AUDIBLE) audibleEnd = end;
      }
    },
    cut(at) {
      const last = Math.max(0, Math.round(at * PER_MS));
      if (!ring || last >= end) return;
      for (let i = Math.max(last, end - SIZE); i < end; i++) ring[i % SIZE] = 0;
      end = last;
    },
    mixInto(sound, from) {
      if (!ring) return;
      const last = Math.min(end, from + sound.length);
      // A typed array wraps loud values modulo 65536, so they are clamped.
      for (let i = Math.max(0, end - SIZE, from); i < last; i++) {
        const sum = sound[i - from]! + ring[i % SIZE]!;
        sound[i - from] = Math.max(-32_768, Math.min(32_767, sum));
      }
    },
  };
}
