/**
 * How loud sound is, and several sounds at once. What is too loud for 16 bits is as loud as they
 * allow, and does not wrap around.
 *
 * @module
 */

/**
 * Makes samples louder or quieter.
 *
 * @param gain What each sample is multiplied with: 1 changes nothing, 0.1 is -20 dB.
 */
export function amplify(samples: Int16Array, gain: number): Int16Array<ArrayBuffer> {
  const louder = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) louder[i] = saturate(samples[i]! * gain);
  return louder;
}

/**
 * Adds sound to what is in an array already, at its beginning; what is longer than the array is left
 * out. Both have the same rate and channels.
 *
 * @param gain What each added sample is multiplied with. Default: 1.
 */
export function mixInto(target: Int16Array, samples: Int16Array, gain = 1): void {
  const length = Math.min(target.length, samples.length);
  for (let i = 0; i < length; i++) target[i] = saturate(target[i]! + samples[i]! * gain);
}

/** The nearest value that 16 bits can hold; what is no number is silent. */
export function saturate(value: number): number {
  const sample = Math.round(value);
  return sample > 32_767 ? 32_767 : sample < -32_768 ? -32_768 : sample;
}
