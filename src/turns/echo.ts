/**
 * Tells the bot's own voice, which a microphone picks up from a loudspeaker, from the user's.
 *
 * Browsers and phones cancel echo, but not always. What a microphone picks up from a loudspeaker is
 * what was said before, delayed and through a room. Cross-correlation finds the delay at which it
 * fits best, and coherence says how much of its power that explains. Once several sounds were
 * explained with the same delay, the echo's loudness is known, and only louder sound is a user.
 *
 * @module
 */
import { createFourier } from "../audio/fft.ts";

/** Judges what the microphone hears while the bot speaks. */
export interface EchoJudge {
  /**
   * Tells whether what is heard is the bot.
   *
   * @param atMs The time, in ms of any clock.
   * @param heard The last {@link HEARD_SAMPLES} of the microphone.
   * @param said The last {@link SAID_SAMPLES} of the bot, which end {@link EARLY_SAMPLES} later.
   */
  isEcho(atMs: number, heard: Int16Array, said: Int16Array): boolean;
}

/** How much of the microphone's sound is judged: 320 ms at 8 kHz. */
export const HEARD_SAMPLES = 2560;
/** How much earlier than reported the bot may have been heard: 80 ms. */
export const EARLY_SAMPLES = 640;
/**
 * With what the bot may have said: 600 ms before, as long as a slow network takes in both
 * directions.
 */
export const SAID_SAMPLES = HEARD_SAMPLES + EARLY_SAMPLES + 4800;

const SIZE = 8192;
const PIECE = 256;
const PIECE_STEP = 64;
const PER_MS = 8;
/**
 * From here on, sound is like the bot's: the share of its power that the bot explains, plus a 20th
 * of how far the best fit stands out from all others. 1.4 % of users with the same voice are this
 * similar when they begin, and 97 % of echoes in a room.
 */
const ALIKE = 1.05;
const FIT_WEIGHT = 1 / 20;
/** Below this it is not. In between, wait for more, but not more often than this. */
const UNLIKE = 0.75;
const MOST_DOUBTS = 2;
/**
 * The analysis takes 3 ms, so it is not done more often than this, in ms; less often once all is
 * known.
 */
const LOOK_EVERY_MS = 60;
const LOOK_AGAIN_EVERY_MS = 200;
/** Two echoes are separate if they are this far apart, in ms. */
const APART_MS = HEARD_SAMPLES / PER_MS;
/** Their delays are the same within this, in ms. */
const SAME_MS = 20;
/** Where an echo was heard, sound must be unlike the bot this often to be a user. */
const STRANGERS_TO_BELIEVE = 2;
/** How many echoes with the same delay show what the echo is like. */
const ECHOES_TO_KNOW = 2;
/** How much louder than the echo a user is, in dB. */
const LOUDER_DB = 6;
/** A room echoes for this long, in ms. */
const ROOM_MS = 200;
/** Softer sound than this is not heard, in dB below full scale. */
const SILENCE_DB = -70;
/** Over how much of the microphone loudness is measured: the newest 100 ms. */
const NEWEST = 800;

/** Makes a judge for one call. */
export function createEchoJudge(): EchoJudge {
  let lookedAt = -Infinity;
  let verdict = false;
  let doubts = 0;
  /** Echoes that were recognized, one after the other. */
  let echoes: { readonly atMs: number; readonly delay: number; readonly gainDb: number }[] = [];
  let strangers = 0;

  const known = () => echoes.length >= ECHOES_TO_KNOW;
  const isLouder = (heard: Int16Array, said: Int16Array): boolean => {
    const { delay } = echoes[0]!;
    const gainDb = Math.max(...echoes.map(({ gainDb }) => gainDb));
    const end = said.length - EARLY_SAMPLES - delay;
    let loudest = -Infinity;
    for (let from = end - NEWEST - ROOM_MS * PER_MS; from <= end - NEWEST; from += NEWEST / 4) {
      loudest = Math.max(loudest, levelOf(said, from, from + NEWEST));
    }
    return levelOf(heard, heard.length - NEWEST, heard.length) > loudest + gainDb + LOUDER_DB;
  };

  return {
    isEcho(atMs, heard, said) {
      // Of silence only rounding errors are left, and those fit anything.
      if (levelOf(said, 0, said.length) < SILENCE_DB) return false;
      if (known() && isLouder(heard, said)) return false;
      if (atMs - lookedAt < (known() ? LOOK_AGAIN_EVERY_MS : LOOK_EVERY_MS)) return verdict;
      if (atMs - lookedAt > 1000) doubts = strangers = 0;
      lookedAt = atMs;
      const { delay, likeness } = compare(heard, said, echoes.at(-1)?.delay);
      if (likeness >= ALIKE) {
        doubts = strangers = 0;
        const last = echoes.at(-1);
        const same = last && Math.abs(last.delay - delay) <= SAME_MS * PER_MS;
        if (!last || atMs - last.atMs >= APART_MS) {
          const end = said.length - EARLY_SAMPLES - delay;
          const gainDb = levelOf(heard, 0, heard.length) - levelOf(said, end - heard.length, end);
          echoes = [...same ? echoes.slice(-4) : [], { atMs, delay, gainDb }];
        }
        return verdict = true;
      }
      if (echoes.length > 0) {
        // A single match may be chance; and a loudspeaker may become headphones.
        if (likeness < (known() ? UNLIKE : ALIKE) && ++strangers >= STRANGERS_TO_BELIEVE) {
          echoes = [];
          return verdict = false;
        }
        return verdict = true;
      }
      return verdict = likeness > UNLIKE && ++doubts <= MOST_DOUBTS;
    },
  };
}

const whole = createFourier(SIZE);
const piece = createFourier(PIECE);
const hann = Float64Array.from(
  { length: PIECE },
  (_, i) => 0.5 - 0.5 * Math.cos(2 * Math.PI * (i + 0.5) / PIECE),
);

/** The delay at which the sound is most like the bot: that of an earlier echo, or another. */
function compare(heard: Int16Array, said: Int16Array, before?: number) {
  const atOnce = said.length - EARLY_SAMPLES - heard.length;
  const fit = fitsOf(heard, said);
  const mean = Math.sqrt(fit.reduce((sum, one) => sum + one * one, 0) / fit.length);
  const best = (from: number, to: number) => {
    let start = Math.max(0, from);
    for (let i = start; i < Math.min(to, fit.length); i++) if (fit[i]! > fit[start]!) start = i;
    const explained = coherence(heard, said.subarray(start, start + heard.length));
    return { delay: atOnce - start, likeness: explained + FIT_WEIGHT * (fit[start] ?? 0) / mean };
  };
  const anywhere = best(0, fit.length);
  if (before === undefined) return anywhere;
  const [from, to] = [atOnce - before - SAME_MS * PER_MS, atOnce - before + SAME_MS * PER_MS];
  const again = best(from, to);
  return again.likeness > anywhere.likeness ? again : anywhere;
}

/** How well the shorter sound fits at each place of the longer: a cross-correlation, whitened. */
function fitsOf(heard: Int16Array, said: Int16Array): Float64Array {
  // Two real signals form one complex one, whose spectrum is split afterwards.
  const real = new Float64Array(SIZE);
  const imaginary = new Float64Array(SIZE);
  for (let i = 1; i < heard.length; i++) real[i] = heard[i]! - 0.9 * heard[i - 1]!;
  for (let i = 1; i < said.length; i++) imaginary[i] = said[i]! - 0.9 * said[i - 1]!;
  whole.transform(real, imaginary);
  const crossReal = new Float64Array(SIZE);
  const crossImaginary = new Float64Array(SIZE);
  for (let k = 0; k < SIZE; k++) {
    const mirror = (SIZE - k) % SIZE;
    const [a, b] = [(real[k]! + real[mirror]!) / 2, (imaginary[k]! - imaginary[mirror]!) / 2];
    const [c, d] = [(imaginary[k]! + imaginary[mirror]!) / 2, (real[mirror]! - real[k]!) / 2];
    const [re, im] = [a * c + b * d, a * d - b * c];
    const weight = (re * re + im * im) ** -0.35;
    if (!Number.isFinite(weight)) continue;
    crossReal[k] = re * weight;
    crossImaginary[k] = -im * weight;
  }
  whole.transform(crossReal, crossImaginary);
  return crossReal.subarray(0, said.length - heard.length + 1).map(Math.abs);
}

/** How much of one sound's power is another one through any filter, from 0 to 1. */
function coherence(of: Int16Array, by: Int16Array): number {
  if (levelOf(by, 0, by.length) < SILENCE_DB) return 0;
  const bins = PIECE / 2;
  const [ofPower, byPower] = [new Float64Array(bins), new Float64Array(bins)];
  const [crossReal, crossImaginary] = [new Float64Array(bins), new Float64Array(bins)];
  const real = new Float64Array(PIECE);
  const imaginary = new Float64Array(PIECE);
  for (let from = 0; from + PIECE <= of.length; from += PIECE_STEP) {
    for (let i = 0; i < PIECE; i++) {
      real[i] = of[from + i]! * hann[i]!;
      imaginary[i] = by[from + i]! * hann[i]!;
    }
    piece.transform(real, imaginary);
    for (let k = 1; k < bins; k++) {
      const mirror = PIECE - k;
      const [a, b] = [(real[k]! + real[mirror]!) / 2, (imaginary[k]! - imaginary[mirror]!) / 2];
      const [c, d] = [(imaginary[k]! + imaginary[mirror]!) / 2, (real[mirror]! - real[k]!) / 2];
      ofPower[k]! += a * a + b * b;
      byPower[k]! += c * c + d * d;
      crossReal[k]! += a * c + b * d;
      crossImaginary[k]! += a * d - b * c;
    }
  }
  let [explained, all] = [0, 1];
  for (let k = 5; k < bins; k++) {
    all += ofPower[k]!;
    const common = crossReal[k]! ** 2 + crossImaginary[k]! ** 2;
    if (byPower[k]! > 0) explained += common / byPower[k]!;
  }
  return explained / all;
}

/** In dB below full scale. */
function levelOf(samples: Int16Array, from: number, to: number): number {
  let sum = 1;
  for (let i = Math.max(0, from); i < Math.min(to, samples.length); i++) sum += samples[i]! ** 2;
  return 10 * Math.log10(sum / (to - from) / 32_768 ** 2);
}
