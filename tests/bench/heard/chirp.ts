/**
 * A sound whose pitch tells which millisecond of it is heard.
 */

/** Rate at which what was heard is looked at, in Hz. */
export const EAR_RATE = 8000;

const LOWEST_HZ = 300;
const HIGHEST_HZ = 3300;
/** The pitch rises for so long, in ms. */
export const CHIRP_MS = 4000;
const PEAK = 12_000;
/** What is softer is no part of the chirp. */
const QUIET = 1500;
/** The end of what was heard is found by so much of it, in ms. */
const WINDOW_MS = 40;

/** The chirp from one millisecond to another. */
export function chirp(fromMs: number, toMs: number, sampleRate: number): Int16Array {
  const first = Math.round(fromMs * sampleRate / 1000);
  const length = Math.round(toMs * sampleRate / 1000) - first;
  const slope = (HIGHEST_HZ - LOWEST_HZ) / (CHIRP_MS / 1000);
  return Int16Array.from({ length }, (_, i) => {
    const t = (first + i) / sampleRate;
    return PEAK * Math.sin(2 * Math.PI * (LOWEST_HZ * t + slope * t * t / 2));
  });
}

const whole = chirp(0, CHIRP_MS, EAR_RATE);

/** Up to which millisecond of the chirp somebody has heard, by the pitch at the end; 0 for silence. */
export function heardUntil(samples: Int16Array): number {
  const last = samples.findLastIndex((sample) => Math.abs(sample) > QUIET);
  if (last < 0) return 0;
  const length = Math.min(last + 1, EAR_RATE * WINDOW_MS / 1000);
  const end = samples.subarray(last + 1 - length, last + 1);
  let best = 0;
  let place = 0;
  for (let at = 0; at + length <= whole.length; at++) {
    let product = 0;
    for (let i = 0; i < length; i++) product += end[i]! * whole[at + i]!;
    if (product <= best) continue;
    best = product;
    place = at + length;
  }
  return place * 1000 / EAR_RATE;
}

/** Every so many samples of a sound, whose pitches are low enough for that. */
export function thinned(samples: ArrayLike<number>, sampleRate: number): Int16Array {
  const step = sampleRate / EAR_RATE;
  return Int16Array.from(
    { length: Math.floor(samples.length / step) },
    (_, i) => samples[Math.floor(i * step)]!,
  );
}
