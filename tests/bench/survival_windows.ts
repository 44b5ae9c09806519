/** The signal that is sent: tones in turns, 100 ms each. Steady ones are taken for noise by Opus. */
export const SIGNAL: Signal = { tones: [400, 1200, 700, 1900], toneMs: 100, level: 0.2 };

/** Tones in turns. */
export interface Signal {
  /** In Hz, multiples of 50. */
  readonly tones: readonly number[];
  /** How long each of them lasts, a multiple of 20. */
  readonly toneMs: number;
  /** Its RMS; 1 is full scale. */
  readonly level: number;
}

/** Counts how much of the signal has survived. */
export interface Windows {
  /** Takes samples in order; 1 is full scale. */
  push(samples: ArrayLike<number>): void;
  /** What was judged so far; begins again. */
  take(): { readonly good: number; readonly all: number };
}

/** One round of the signal, to be repeated. */
export function round(
  { tones, toneMs, level }: Signal,
  sampleRate: number,
): Float32Array<ArrayBuffer> {
  const size = sampleRate * toneMs / 1000;
  return Float32Array.from({ length: size * tones.length }, (_, i) => {
    const hz = tones[Math.floor(i / size)]!;
    return level * Math.SQRT2 * Math.sin(2 * Math.PI * hz * i / sampleRate);
  });
}

/**
 * Counts windows of 200 ms. One is good when it sounds like the signal in each of its pieces of 20
 * ms: at most 3 dB louder or quieter than it was sent, and one tone after the other, each for its
 * time and with 80 % of the energy, but for the pieces in which they change. A gap, a fade of the
 * concealment, a click, noise, and a tone that was left out or goes on make it bad.
 *
 * It needs nothing from outside, for it runs in the page as well, as its text.
 */
export function createWindows({ tones, toneMs, level }: Signal, sampleRate: number): Windows {
  const PIECES = 10;
  const mostOfOne = toneMs / 20 + 1;
  const mostUnclear = PIECES * 20 / toneMs + 1;
  const size = sampleRate / 50;
  const piece = new Float32Array(size);
  let filled = 0;
  let pieces = 0;
  let intact = true;
  let unclear = 0;
  /** The tone of the latest clear piece, and for how many pieces it has lasted. */
  let current = -1;
  let lasts = 0;
  let good = 0;
  let all = 0;
  /** The tone that has most of the energy; -1 when none has 80 % of it. */
  const clearTone = (energy: number) =>
    tones.findIndex((hz) => {
      let [real, imaginary] = [0, 0];
      for (let i = 0; i < size; i++) {
        const phase = 2 * Math.PI * hz * i / sampleRate;
        real += piece[i]! * Math.cos(phase);
        imaginary += piece[i]! * Math.sin(phase);
      }
      return (real ** 2 + imaginary ** 2) * 2 / size >= 0.8 * energy;
    });
  const judge = () => {
    const energy = piece.reduce((sum, sample) => sum + sample ** 2, 0);
    const rms = Math.sqrt(energy / size);
    if (rms < level / Math.SQRT2 || rms > level * Math.SQRT2) intact = false;
    const tone = clearTone(energy);
    if (tone === -1) {
      if (++unclear > mostUnclear) intact = false;
    } else if (tone === current) {
      if (++lasts > mostOfOne) intact = false;
    } else {
      if (current !== -1 && tone !== (current + 1) % tones.length) intact = false;
      current = tone;
      lasts = 1;
    }
    if (++pieces < PIECES) return;
    all++;
    if (intact) good++;
    pieces = unclear = 0;
    intact = true;
  };
  return {
    push(samples) {
      for (let i = 0; i < samples.length; i++) {
        piece[filled++] = samples[i]!;
        if (filled < size) continue;
        filled = 0;
        judge();
      }
    },
    take() {
      const counts = { good, all };
      good = all = 0;
      return counts;
    },
  };
}
