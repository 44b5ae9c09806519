/**
 * Mono to stereo and back; stereo samples are interleaved.
 *
 * @module
 */

/** Averages interleaved channels into one; mono samples are returned unchanged. */
export function toMono(samples: Int16Array, channels: 1 | 2): Int16Array {
  if (channels === 1) return samples;
  const mono = new Int16Array(samples.length >> 1);
  for (let i = 0; i < mono.length; i++) {
    mono[i] = ((samples[2 * i] ?? 0) + (samples[2 * i + 1] ?? 0)) >> 1;
  }
  return mono;
}

/** Doubles mono samples into two interleaved channels. */
export function toStereo(samples: Int16Array): Int16Array<ArrayBuffer> {
  const stereo = new Int16Array(samples.length * 2);
  for (let i = 0; i < samples.length; i++) {
    stereo[2 * i] = stereo[2 * i + 1] = samples[i] ?? 0;
  }
  return stereo;
}

/** The samples of each channel. */
export function separate(samples: Int16Array, channels: 1 | 2): readonly Int16Array[] {
  if (channels === 1) return [samples];
  return [0, 1].map((channel) =>
    Int16Array.from({ length: samples.length >> 1 }, (_, i) => samples[2 * i + channel]!)
  );
}

/**
 * Interleaves the samples of one or two channels into mono or stereo; no channel gives no samples.
 */
export function interleave(parts: readonly Int16Array[], channels: 1 | 2): Int16Array {
  const [left = new Int16Array(0), right] = parts;
  if (channels === 1) return left;
  if (!right) return toStereo(left);
  const stereo = new Int16Array(2 * left.length);
  for (let i = 0; i < left.length; i++) {
    stereo[2 * i] = left[i]!;
    stereo[2 * i + 1] = right[i]!;
  }
  return stereo;
}
