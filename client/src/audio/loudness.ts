/** How long a step is in which loudness is measured, in ms. */
export const STEP_MS = 50;
/** The quietest sound that counts, in dB below full scale. */
const FLOOR_DB = -60;

/** Loudness on a scale of decibels, from 0 for silence to 1 for full scale. */
export function loudnessOf(samples: Int16Array): number {
  let power = 0;
  for (const sample of samples) power += sample * sample;
  const decibels = 10 * Math.log10(Math.max(power / samples.length / 32768 ** 2, 1e-12));
  return Math.min(1, Math.max(0, 1 - decibels / FLOOR_DB));
}
