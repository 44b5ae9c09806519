/**
 * The fast Fourier transform, in place.
 *
 * @module
 */

/** Transforms a signal of one length. */
export interface Fourier {
  /** How many samples it takes, a power of two. */
  readonly size: number;
  /** Replaces a signal with its spectrum: real and imaginary parts, each `size` long. */
  transform(real: Float64Array, imaginary: Float64Array): void;
}

/**
 * Makes a transform (radix 2, decimation in time). Its tables are built once, so keep it.
 *
 * @param size A power of two.
 */
export function createFourier(size: number): Fourier {
  const cosines = Float64Array.from(
    { length: size / 2 },
    (_, k) => Math.cos(2 * Math.PI * k / size),
  );
  const sines = Float64Array.from(
    { length: size / 2 },
    (_, k) => -Math.sin(2 * Math.PI * k / size),
  );
  const bits = Math.log2(size);
  const swapped = Uint32Array.from({ length: size }, (_, i) => {
    let reversed = 0;
    for (let bit = 0; bit < bits; bit++) reversed |= (i >> bit & 1) << (bits - 1 - bit);
    return reversed;
  });
  return {
    size,
    transform(real, imaginary) {
      for (let i = 0; i < size; i++) {
        const j = swapped[i]!;
        if (j <= i) continue;
        [real[i], real[j]] = [real[j]!, real[i]!];
        [imaginary[i], imaginary[j]] = [imaginary[j]!, imaginary[i]!];
      }
      for (let half = 1; half < size; half *= 2) {
        const step = size / (2 * half);
        for (let start = 0; start < size; start += 2 * half) {
          for (let k = 0; k < half; k++) {
            const [upper, lower] = [start + k, start + k + half];
            const [c, s] = [cosines[k * step]!, sines[k * step]!];
            const re = real[lower]! * c - imaginary[lower]! * s;
            const im = real[lower]! * s + imaginary[lower]! * c;
            real[lower] = real[upper]! - re;
            imaginary[lower] = imaginary[upper]! - im;
            real[upper]! += re;
            imaginary[upper]! += im;
          }
        }
      }
    },
  };
}
