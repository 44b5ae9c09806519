/**
 * Voice activity detection: tells where in a stream of sound somebody speaks.
 *
 * Two judges have to agree. The detector of the WebRTC project knows the spectrum of a voice but
 * takes hiss for one too; the level has to stand out of the noise around, which hiss does not. Time
 * is counted in samples, so a stream gives the same result however fast it comes.
 *
 * @module
 */
import { createVoiceJudge } from "./voice_judge.ts";

/** Somebody speaks, or did until now. */
export interface Utterance {
  /** How much speech was in it so far, in ms, pauses not counted. */
  readonly speechMs: number;
  /** Whether it is over: there was {@link STOP_MS} of silence. */
  readonly over: boolean;
  /** Whether it turned out to be a noise that set in and went on; known once it is over. */
  readonly noise: boolean;
  /** The sound, from shortly before the first word to shortly after the last. */
  samples(): Int16Array;
}

/** A detector for one stream of mono sound. */
export interface Vad extends Disposable {
  /** Samples per second of what it takes, in Hz. */
  readonly sampleRate: number;
  /** Samples in a window: 20 ms. */
  readonly windowSize: number;
  /** Takes the next window; returns the utterance that it belongs to, if any. */
  push(window: Int16Array): Utterance | undefined;
  /** Forgets the utterance that is going on. */
  reset(): void;
}

/** Sample rates that {@link createVad} takes, in Hz. */
export const VAD_SAMPLE_RATES: readonly number[] = [8000, 16_000, 32_000, 48_000];
/** Silence that ends an utterance, in ms. */
export const STOP_MS = 640;

const WINDOW_MS = 20;
/** Speech that begins an utterance, within a stretch that is a little longer. */
const START_MS = 100;
const START_WITHIN_MS = 140;
/** Sound kept from before the first speech: the detector is late for soft consonants. */
const BEFORE_MS = 300;
/** Sound kept after the last speech. */
const AFTER_MS = 160;
/** Longest utterance that is kept; its end is cut off. */
const LONGEST_MS = 20_000;
/** How far speech has to stand out of the noise, in dB. */
const GATE_DB = 9;
/** Speech is never softer than this, in dB below full scale. */
const SOFTEST_DB = -50;
/** The noise is the softest window of this time: there are gaps between words, none in noise. */
const NOISE_OVER_MS = 1200;

/**
 * Makes a detector.
 *
 * @param sampleRate One of {@link VAD_SAMPLE_RATES}.
 * @throws {RangeError} When it is another rate.
 */
export async function createVad(sampleRate: number): Promise<Vad> {
  if (!VAD_SAMPLE_RATES.includes(sampleRate)) {
    throw new RangeError(`The voice detector takes ${VAD_SAMPLE_RATES.join(", ")} Hz.`);
  }
  const judge = await createVoiceJudge(sampleRate);
  const recent: Window[] = [];
  const levels: number[] = [];
  let current: Recording | undefined;

  return {
    sampleRate,
    windowSize: sampleRate * WINDOW_MS / 1000,
    push(samples) {
      const level = levelOf(samples);
      levels.push(level);
      if (levels.length > NOISE_OVER_MS / WINDOW_MS) levels.shift();
      const noise = Math.min(...levels);
      const voice = judge.isVoice(samples);
      const speech = voice && level > Math.max(noise + GATE_DB, SOFTEST_DB);
      const window = { samples, level, speech };
      if (current) {
        current.add(window);
        const utterance = current.utterance(noise);
        if (utterance.over) current = undefined;
        return utterance;
      }
      recent.push(window);
      if (recent.length > (BEFORE_MS + START_WITHIN_MS) / WINDOW_MS) recent.shift();
      if (speechMs(recent.slice(-START_WITHIN_MS / WINDOW_MS)) < START_MS) return undefined;
      current = createRecording(recent.splice(0));
      return current.utterance(noise);
    },
    reset() {
      current = undefined;
      recent.length = 0;
    },
    [Symbol.dispose]: () => judge[Symbol.dispose](),
  };
}

interface Window {
  readonly samples: Int16Array;
  /** In dB below full scale. */
  readonly level: number;
  readonly speech: boolean;
}

interface Recording {
  add(window: Window): void;
  utterance(noise: number): Utterance;
}

function createRecording(first: readonly Window[]): Recording {
  const kept = [...first];
  let speech = speechMs(first);
  let silence = 0;
  let levelSum = first.reduce((sum, window) => sum + (window.speech ? window.level : 0), 0);
  return {
    add(window) {
      if (kept.length < LONGEST_MS / WINDOW_MS) kept.push(window);
      silence = window.speech ? 0 : silence + WINDOW_MS;
      if (!window.speech) return;
      speech += WINDOW_MS;
      levelSum += window.level;
    },
    utterance(noise) {
      const over = silence >= STOP_MS;
      const meanLevel = levelSum / (speech / WINDOW_MS);
      return {
        speechMs: speech,
        over,
        noise: over && meanLevel < noise + GATE_DB,
        samples: () => join(trim(kept)),
      };
    },
  };
}

function trim(windows: readonly Window[]): readonly Window[] {
  const first = windows.findIndex(({ speech }) => speech);
  const last = windows.findLastIndex(({ speech }) => speech);
  return windows.slice(
    Math.max(0, first - BEFORE_MS / WINDOW_MS),
    last + 1 + AFTER_MS / WINDOW_MS,
  );
}

function join(windows: readonly Window[]): Int16Array {
  const joined = new Int16Array(windows.reduce((sum, { samples }) => sum + samples.length, 0));
  let offset = 0;
  for (const { samples } of windows) {
    joined.set(samples, offset);
    offset += samples.length;
  }
  return joined;
}

function speechMs(windows: readonly Window[]): number {
  return windows.filter(({ speech }) => speech).length * WINDOW_MS;
}

function levelOf(samples: Int16Array): number {
  const energy = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  return 10 * Math.log10(Math.max(energy, 1) / 32_768 ** 2);
}
