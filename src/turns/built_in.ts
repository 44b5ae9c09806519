/**
 * The built-in voice detector: no model, no download, 0.1 ms for 20 ms of sound.
 *
 * A voice stands out from the noise around it, and has a pitch. Noise that starts also stands out,
 * and so do breath and keys, but they have no pitch. A dial tone has one, but nothing else. Music
 * has everything that a voice has: if you expect music, use a model, such as Silero's.
 *
 * @module
 */
import { createFourier } from "../audio/fft.ts";
import type { Vad } from "./vad.ts";

/** The default detector of turns. It listens at 8 kHz, whatever the stream. */
export const builtInVad: Vad = { name: "built-in", open: () => listen() };

const RATE = 8000;
/** A window: 20 ms. */
const WINDOW = 160;
/** What is analysed: the window, and the one before it. */
const LOOKED_AT = 320;
const FFT_SIZE = 512;
/** The bands, in Hz, in which sound is compared with the noise: roughly as fine as the ear. */
const BAND_EDGES = [
  150,
  250,
  350,
  450,
  550,
  700,
  850,
  1000,
  1200,
  1450,
  1750,
  2100,
  2500,
  3000,
  3600,
];
/** The noise is the softest of this many windows, 1.2 s: there are gaps between words, none in noise. */
const NOISE_WINDOWS = 60;
/** How much of a band's power stays in its mean from window to window. */
const SMOOTHING = 0.6;
/** The softest window of noise is this much below its mean, as a factor of power. */
const SOFTEST_TO_MEAN = 2;
/** The first windows are not full, and say nothing about the noise. */
const FIRST_WINDOWS = 10;
/** A sound stands out from here: the mean log likelihood ratio of its bands, each at most 8. */
const STANDS_OUT = 0.25;
const MOST_LIKELY = 8;
/** The softest sound that can be a voice, as power: 55 dB below full scale. */
const SOFTEST = 32_768 ** 2 * 10 ** -5.5;
/** Where a voice shows its pitch, and what its pitch can be, in Hz. */
const PITCHED = { from: 150, to: 1000 };
const PITCH = { lowest: 70, highest: 400 };
/** How periodic a voice must be, where 1 is a tone that repeats exactly. */
const PERIODIC = 0.5;
/** A sound with more of its power in two lines is a tone, not a voice. */
const MOST_IN_TWO_LINES = 0.985;
/** How sure it is of what stands out without a pitch: an S, or the noise of a key. */
const UNSURE = 0.4;
/** What stands out without a pitch for this many windows, 240 ms, is noise. */
const LONGEST_UNVOICED = 12;
/** After a bang, anything this much softer (15 dB, as power) is its end: a throat after a cough. */
const BANG = 10 ** 1.5;
/** How long a bang is remembered, in windows: 300 ms. */
const BANG_WINDOWS = 15;

function listen() {
  const spectrumOf = createSpectrum();
  const standsOut = createNoiseGate();
  let heard = 0;
  let unvoiced = 0;
  /** The power of the loudest recent window without a pitch, and how many windows ago it was. */
  let bang = 0;
  let bangAge = 0;

  return {
    sampleRate: RATE,
    windowSize: WINDOW,
    confidence(window: Int16Array): number {
      const spectrum = spectrumOf(window);
      const stands = standsOut(spectrum.power);
      if (++heard <= FIRST_WINDOWS) return 0;
      if (++bangAge > BANG_WINDOWS) bang = 0;
      const power = powerOf(window);
      if (!stands || power < SOFTEST) {
        unvoiced = 0;
        return 0;
      }
      if (isPitched(spectrum)) {
        unvoiced = 0;
        return power * BANG < bang ? 0 : 1;
      }
      if (power > bang) {
        bang = power;
        bangAge = 0;
      }
      return ++unvoiced <= LONGEST_UNVOICED ? UNSURE : 0;
    },
  };
}

/** What is known of the window that came last. */
interface Spectrum {
  /** Power by frequency, {@link FFT_SIZE} / 2 + 1 of them. */
  readonly power: Float64Array;
  /** Returns how periodic the sound is, from 0 to 1. */
  periodicity(): number;
}

function createSpectrum(): (window: Int16Array) => Spectrum {
  const fourier = createFourier(FFT_SIZE);
  const hann = Float64Array.from(
    { length: LOOKED_AT },
    (_, i) => 0.5 - 0.5 * Math.cos(2 * Math.PI * (i + 0.5) / LOOKED_AT),
  );
  const [shortest, longest] = [RATE / PITCH.highest, Math.floor(RATE / PITCH.lowest)];
  // A window weakens repetition, more for longer periods; this is divided out.
  const weakened = Array.from({ length: longest + 1 }, (_, lag) => {
    let [sum, whole] = [0, 0];
    for (let i = 0; i < LOOKED_AT; i++) {
      whole += hann[i]! ** 2;
      if (i >= lag) sum += hann[i]! * hann[i - lag]!;
    }
    return sum / whole;
  });
  const sound = new Float64Array(LOOKED_AT);
  const real = new Float64Array(FFT_SIZE);
  const imaginary = new Float64Array(FFT_SIZE);
  const power = new Float64Array(FFT_SIZE / 2 + 1);

  const periodicity = () => {
    // The autocorrelation is the spectrum of the spectrum. Its powers are made more equal first,
    // otherwise only the strongest harmonic would count; noise has none to equalize.
    real.fill(0);
    imaginary.fill(0);
    for (let k = binOf(PITCHED.from); k <= binOf(PITCHED.to); k++) {
      real[k] = real[FFT_SIZE - k] = power[k]! ** 0.6;
    }
    fourier.transform(real, imaginary);
    let most = 0;
    for (let lag = shortest; lag <= longest; lag++) {
      most = Math.max(most, real[lag]! / weakened[lag]!);
    }
    return real[0]! > 0 ? most / real[0]! : 0;
  };

  return (window) => {
    sound.copyWithin(0, WINDOW);
    sound.set(window, LOOKED_AT - WINDOW);
    real.fill(0);
    imaginary.fill(0);
    for (let i = 0; i < LOOKED_AT; i++) real[i] = sound[i]! * hann[i]!;
    fourier.transform(real, imaginary);
    for (let k = 0; k < power.length; k++) power[k] = real[k]! ** 2 + imaginary[k]! ** 2;
    return { power, periodicity };
  };
}

/**
 * Tells whether a window stands out from the noise of the last second, by the power of its bands.
 */
function createNoiseGate(): (power: Float64Array) => boolean {
  const bands = BAND_EDGES.slice(1).map((to, i) => ({
    from: binOf(BAND_EDGES[i]!),
    to: binOf(to),
  }));
  const mean = new Float64Array(bands.length);
  const recent: Float64Array[] = [];
  let count = 0;
  return (power) => {
    let likelihood = 0;
    const means = recent.length < NOISE_WINDOWS ? new Float64Array(bands.length) : recent.shift()!;
    for (const [b, { from, to }] of bands.entries()) {
      let sum = 1; // no sound at all is not infinitely soft
      for (let k = from; k < to; k++) sum += power[k]!;
      mean[b] = count === 0 ? sum : SMOOTHING * mean[b]! + (1 - SMOOTHING) * sum;
      means[b] = mean[b]!;
      let softest = means[b]!;
      for (const earlier of recent) softest = Math.min(softest, earlier[b]!);
      const above = Math.max(0, sum / (softest * SOFTEST_TO_MEAN) - 1);
      likelihood += Math.min(MOST_LIKELY, above - Math.log1p(above));
    }
    // What has just begun is not full yet, and would be mistaken for the surrounding silence.
    if (++count > 3) recent.push(means);
    else mean.fill(0);
    return likelihood / bands.length > STANDS_OUT;
  };
}

function isPitched({ power, periodicity }: Spectrum): boolean {
  return periodicity() > PERIODIC && !isTone(power);
}

/** Tells whether nearly all power is in two lines of the spectrum. */
function isTone(power: Float64Array): boolean {
  const from = binOf(PITCHED.from);
  let all = 0;
  let first = from;
  for (let k = from; k < power.length; k++) {
    all += power[k]!;
    if (power[k]! > power[first]!) first = k;
  }
  // A line is as wide as the window makes it.
  const width = 3;
  let second = -1;
  for (let k = from; k < power.length; k++) {
    if (Math.abs(k - first) > width && !(power[k]! <= (power[second] ?? -1))) second = k;
  }
  let lines = 0;
  for (let k = from; k < power.length; k++) {
    if (Math.abs(k - first) <= width || Math.abs(k - second) <= width) lines += power[k]!;
  }
  return lines > all * MOST_IN_TWO_LINES;
}

function powerOf(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return sum / samples.length;
}

function binOf(frequency: number): number {
  return Math.round(frequency / RATE * FFT_SIZE);
}
