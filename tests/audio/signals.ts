/**
 * Test signals and how to compare them.
 *
 * @module
 */

/** A sine of the given amplitude, as 16-bit samples. */
export function sine(
  frequency: number,
  sampleRate: number,
  seconds: number,
  amplitude = 20_000,
): Int16Array<ArrayBuffer> {
  return Int16Array.from(
    { length: Math.round(seconds * sampleRate) },
    (_, i) => Math.round(amplitude * Math.sin(2 * Math.PI * frequency * i / sampleRate)),
  );
}

/** Three syllables a second of a gliding voice with two formants; the same every time. */
export function speechLike(sampleRate: number, seconds: number): Int16Array<ArrayBuffer> {
  const highest = Math.min(3800, sampleRate * 0.45);
  let phase = 0;
  return Int16Array.from({ length: Math.round(seconds * sampleRate) }, (_, i) => {
    const t = i / sampleRate;
    const pitch = 120 + 25 * Math.sin(2 * Math.PI * 0.7 * t) + 10 * Math.sin(2 * Math.PI * 2.3 * t);
    phase += pitch / sampleRate;
    const [low, high] = [500 + 200 * Math.sin(5 * t), 1600 + 500 * Math.sin(3.3 * t + 1)];
    let sample = 0;
    for (let k = 1; k * pitch < highest; k++) {
      const frequency = k * pitch;
      const formants = Math.exp(-(((frequency - low) / 200) ** 2)) +
        0.5 * Math.exp(-(((frequency - high) / 300) ** 2)) + 0.02;
      sample += formants * Math.sin(2 * Math.PI * k * phase);
    }
    const syllable = Math.max(0, Math.sin(2 * Math.PI * 3 * t)) ** 0.5;
    return Math.round(4000 * syllable * sample);
  });
}

/** Signal to noise ratio in dB of `actual` against `expected`, sample by sample. */
export function signalToNoise(expected: ArrayLike<number>, actual: ArrayLike<number>): number {
  let [signal, noise] = [0, 0];
  for (let i = 0; i < expected.length && i < actual.length; i++) {
    signal += expected[i]! ** 2;
    noise += (actual[i]! - expected[i]!) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}

/** Noise and distortion beside a sine, in dB below it: what the best fitting sine leaves over. */
export function distortion(samples: Int16Array, frequency: number, sampleRate: number): number {
  let [ss, cc, sc, ys, yc] = [0, 0, 0, 0, 0];
  const basis = (i: number) => {
    const angle = 2 * Math.PI * frequency * i / sampleRate;
    return [Math.sin(angle), Math.cos(angle)] as const;
  };
  samples.forEach((y, i) => {
    const [s, c] = basis(i);
    ss += s * s;
    cc += c * c;
    sc += s * c;
    ys += y * s;
    yc += y * c;
  });
  const determinant = ss * cc - sc * sc;
  const a = (ys * cc - yc * sc) / determinant;
  const b = (yc * ss - ys * sc) / determinant;
  let [fitted, rest] = [0, 0];
  samples.forEach((y, i) => {
    const [s, c] = basis(i);
    fitted += (a * s + b * c) ** 2;
    rest += (y - a * s - b * c) ** 2;
  });
  return 10 * Math.log10(rest / fitted);
}

/** All the parts in one. */
export function concatenated(parts: readonly Int16Array[]): Int16Array<ArrayBuffer> {
  const whole = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
