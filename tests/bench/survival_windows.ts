/** How much of a tone has survived, in windows of 200 ms. */
export interface Windows {
  /** Takes samples in order; 1 is full scale. */
  push(samples: ArrayLike<number>): void;
  /** What was judged so far; begins again. */
  take(): { readonly good: number; readonly all: number };
}

/**
 * Counts windows of 200 ms. One is good when each 20 ms of it sound like the tone: at most 3 dB
 * louder or quieter than it was sent, with at least 80 % of the energy at its pitch. A click, a gap,
 * a fade of the concealment or another pitch makes it bad.
 *
 * It needs nothing from outside, for it runs in the page as well, as its text.
 *
 * @param hz Of the tone.
 * @param level Its RMS.
 */
export function createWindows(sampleRate: number, hz: number, level: number): Windows {
  const SLOTS = 10;
  const size = sampleRate / 50;
  const slot = new Float32Array(size);
  let filled = 0;
  let slots = 0;
  let intact = true;
  let good = 0;
  let all = 0;
  const judge = () => {
    let [real, imaginary, energy] = [0, 0, 0];
    for (let i = 0; i < size; i++) {
      const phase = 2 * Math.PI * hz * i / sampleRate;
      real += slot[i]! * Math.cos(phase);
      imaginary += slot[i]! * Math.sin(phase);
      energy += slot[i]! ** 2;
    }
    const rms = Math.sqrt(energy / size);
    const pure = (real ** 2 + imaginary ** 2) * 2 / size >= 0.8 * energy;
    if (!pure || rms < level / Math.SQRT2 || rms > level * Math.SQRT2) intact = false;
    if (++slots < SLOTS) return;
    all++;
    if (intact) good++;
    slots = 0;
    intact = true;
  };
  return {
    push(samples) {
      for (let i = 0; i < samples.length; i++) {
        slot[filled++] = samples[i]!;
        if (filled < size) continue;
        filled = 0;
        judge();
      }
    },
    take() {
      const counts = { good, all };
      good =
        all =
        filled =
        slots =
          0;
      intact = true;
      return counts;
    },
  };
}
