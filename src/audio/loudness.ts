/**
 * Changes loudness, and adds sounds together. What is too loud for 16 bits is clipped, and does not
 * wrap around.
 *
 * @module
 */

/**
 * Makes samples louder or quieter.
 *
 * @param gain The factor for each sample: 1 changes nothing, 0.1 is -20 dB.
 */
export function amplify(samples: Int16Array, gain: number): Int16Array<ArrayBuffer> {
  const louder = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) louder[i] = saturate(samples[i]! * gain);
  return louder;
}

/**
 * Adds sound to the beginning of an array; what is longer than the array is left out. Both have the
 * same rate and channels.
 *
 * @param gain The factor for each added sample. Default: 1.
 */
export function mixInto(target: Int16Array, samples: Int16Array, gain = 1): void {
  const length = Math.min(target.length, samples.length);
  for (let i = 0; i < length; i++) target[i] = saturate(target[i]! + samples[i]! * gain);
}

/** The nearest 16-bit value; NaN is silence. */
export function saturate(value: number): number {
  const sample = Math.round(value);
  return sample > 32_767 ? 32_767 : sample < -32_768 ? -32_768 : sample;
}
