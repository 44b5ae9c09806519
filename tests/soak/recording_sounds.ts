/**
 * The bursts of sound by which the soak of recordings finds what was heard when.
 */
/** Bursts of sound: so long, and so far apart, in ms. */
const BURST_MS = 40;
export const EVERY_MS = 500;

/** Sound with a burst every half second, from an instant on. */
export function bursts(sampleRate: number, ms: number): Int16Array {
  return Int16Array.from({ length: sampleRate * ms / 1000 }, (_, i) => {
    const within = (i * 1000 / sampleRate) % EVERY_MS;
    return within < BURST_MS ? 12_000 * Math.sin(2 * Math.PI * 1000 * i / sampleRate) : 0;
  });
}

/** When bursts begin, in ms from the start of the samples. */
export function onsets(samples: Int16Array, sampleRate: number): number[] {
  const found: number[] = [];
  let quietSince = -Infinity;
  samples.forEach((sample, i) => {
    if (Math.abs(sample) < 3000) return;
    const at = i * 1000 / sampleRate;
    if (at - quietSince > EVERY_MS / 4) found.push(at);
    quietSince = at;
  });
  return found;
}

/** What a caller has sent and heard: when bursts began, by the clock of the process. */
export interface Told {
  readonly sent: number[];
  readonly heard: number[];
}

/** Speaks for so long, 20 ms at a time, by deadlines that do not drift; returns when bursts began. */
export async function speak(
  seconds: number,
  sampleRate: number,
  send: (frame: Int16Array) => void,
): Promise<number[]> {
  const sound = bursts(sampleRate, 500);
  const size = sampleRate / 50;
  const sent: number[] = [];
  const began = performance.now();
  for (let i = 0; i < seconds * 50; i++) {
    await new Promise((resolve) =>
      setTimeout(resolve, Math.max(0, began + 20 * i - performance.now()))
    );
    const offset = (i * size) % sound.length;
    if (offset === 0) sent.push(began + 20 * i);
    send(sound.subarray(offset, offset + size));
  }
  return sent;
}
