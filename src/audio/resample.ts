/**
 * Changes the sample rate of streaming mono audio.
 *
 * A polyphase FIR filter: a sinc under a Kaiser window. It is flat up to 88 % of the lower of the
 * two Nyquist frequencies, 6 dB down at that frequency, and 90 dB down from 112 % of it.
 *
 * @module
 */
import { HIGHEST_RATE, isPlayableRate, LOWEST_RATE } from "../core/playable.ts";

/** A change of sample rate in progress; it keeps the end of its input. */
export interface Resampler {
  /** How much later than its input a sound comes out, in ms. */
  readonly delayMs: number;
  /**
   * Converts the next samples. After n samples in total, ceil(n × to / from) have come out, however
   * they were cut. The output is delayed by 24 samples of the lower rate.
   */
  process(samples: Int16Array): Int16Array;
  /**
   * Ends the stream: returns the sound that the delay still holds back, and its decay, about 48
   * samples of the lower rate in total. Nothing remains: what is processed next is a new stream.
   */
  flush(): Int16Array;
}

/** Zero crossings of the sinc on each side of its middle. */
const CROSSINGS = 24;
/** Shape of the Kaiser window: side lobes at -90 dB. */
const KAISER_BETA = 9;
/**
 * If there are more phases than this, those in between are interpolated; the error stays below -100
 * dB.
 */
const MOST_PHASES = 1024;

/**
 * Makes a resampler; with equal rates it returns its input, without a copy.
 *
 * @param from The input rate, an integer from 1000 to 384 000 Hz.
 * @param to The output rate, likewise.
 */
export function createResampler(from: number, to: number): Resampler {
  for (const rate of [from, to]) {
    if (!isPlayableRate(rate)) {
      throw new RangeError(
        `A sample rate is an integer from ${LOWEST_RATE} to ${HIGHEST_RATE} Hz, not ${rate}.`,
      );
    }
  }
  if (from === to) {
    return { delayMs: 0, process: (samples) => samples, flush: () => new Int16Array(0) };
  }

  const divisor = greatestCommonDivisor(from, to);
  const up = to / divisor;
  const down = from / divisor;
  const half = Math.ceil(CROSSINGS * Math.max(1, from / to));
  const taps = 2 * half;
  const filter = createFilter(up, half, Math.min(1, to / from));

  /** The samples that future outputs still need, then those of the current call. */
  let history = new Float64Array(0);
  let kept = taps - 1; // silence before the first sample
  /** The newest sample that the next output needs: its place in the history, times `up`. */
  let position = kept * up;
  let sums = new Float64Array(0);
  let begun = false;

  const process = (samples: Int16Array): Int16Array => {
    begun = true;
    const end = kept + samples.length;
    if (history.length < end) {
      const larger = new Float64Array(end);
      larger.set(history.subarray(0, kept));
      history = larger;
    }
    history.set(samples, kept);
    const count = Math.ceil((end * up - position) / down);
    if (sums.length < count) sums = new Float64Array(count);
    else sums.fill(0, 0, count);
    // Every `up` outputs the phase repeats, so the outputs of one phase are summed together.
    const [input, output] = [history, sums];
    for (let first = 0; first < Math.min(up, count); first++) {
      const newest = Math.floor((position + first * down) / up);
      const oldest = newest - (taps - 1);
      const { offsets, weights } = filter(position + first * down - newest * up);
      for (let tap = 0; tap < offsets.length; tap += 4) {
        let i0 = oldest + offsets[tap]!;
        let i1 = oldest + offsets[tap + 1]!;
        let i2 = oldest + offsets[tap + 2]!;
        let i3 = oldest + offsets[tap + 3]!;
        const w0 = weights[tap]!;
        const w1 = weights[tap + 1]!;
        const w2 = weights[tap + 2]!;
        const w3 = weights[tap + 3]!;
        for (let n = first; n < count; n += up) {
          output[n]! += input[i0]! * w0 + input[i1]! * w1 + input[i2]! * w2 + input[i3]! * w3;
          i0 += down;
          i1 += down;
          i2 += down;
          i3 += down;
        }
      }
    }
    position += count * down;
    const done = Math.floor(position / up) - (taps - 1);
    history.copyWithin(0, done, end);
    kept = end - done;
    position -= done * up;
    return rounded(sums, count);
  };
  const flush = (): Int16Array => {
    if (!begun) return new Int16Array(0);
    const rest = process(new Int16Array(taps - 1));
    kept = taps - 1;
    history.fill(0, 0, kept);
    position = kept * up;
    begun = false;
    return rest;
  };
  return { delayMs: half * 1000 / from, process, flush };
}

/** The taps of one phase that are not zero, filled up to a multiple of four. */
interface Phase {
  readonly offsets: Int32Array;
  readonly weights: Float64Array;
}

/** Designs the filter and returns it by phase, `up` phases to a sample. */
function createFilter(up: number, half: number, cutoff: number): (phase: number) => Phase {
  if (up <= MOST_PHASES) {
    const phases = Array.from({ length: up }, (_, p) => sparse(designPhase(p / up, half, cutoff)));
    return (phase) => phases[phase]!;
  }
  const table = Array.from(
    { length: MOST_PHASES + 1 },
    (_, p) => designPhase(p / MOST_PHASES, half, cutoff),
  );
  const offsets = Int32Array.from({ length: 2 * half }, (_, tap) => tap);
  const weights = new Float64Array(2 * half);
  return (phase) => {
    const place = phase * MOST_PHASES / up;
    const index = Math.floor(place);
    const [lower, upper] = [table[index]!, table[index + 1]!];
    for (let tap = 0; tap < weights.length; tap++) {
      weights[tap] = lower[tap]! + (upper[tap]! - lower[tap]!) * (place - index);
    }
    return { offsets, weights };
  };
}

/** The taps for an output that lies `fraction` of a sample after the middle of the filter. */
function designPhase(fraction: number, half: number, cutoff: number): Float64Array {
  const weights = Float64Array.from({ length: 2 * half }, (_, tap) => {
    const distance = half - 1 - tap + fraction;
    return sinc(cutoff * distance) * kaiser(distance / half);
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

function sparse(dense: Float64Array): Phase {
  const taps = [...dense.keys()].filter((tap) => Math.abs(dense[tap]!) > 1e-12);
  const length = Math.ceil(taps.length / 4) * 4;
  const offsets = new Int32Array(length);
  offsets.set(taps);
  const weights = Float64Array.from(offsets, (tap, i) => i < taps.length ? dense[tap]! : 0);
  return { offsets, weights };
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** The Kaiser window, from -1 to 1. */
function kaiser(x: number): number {
  return bessel(KAISER_BETA * Math.sqrt(Math.max(0, 1 - x * x))) / bessel(KAISER_BETA);
}

/** The modified Bessel function of the first kind and order zero, by its power series. */
function bessel(x: number): number {
  let sum = 1;
  for (let k = 1, term = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function rounded(sums: Float64Array, count: number): Int16Array {
  const samples = new Int16Array(count);
  for (let i = 0; i < count; i++) {
    const sample = Math.round(sums[i]!);
    samples[i] = sample > 32_767 ? 32_767 : sample < -32_768 ? -32_768 : sample;
  }
  return samples;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
