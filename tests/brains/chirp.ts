/**
 * A voice whose pitch tells the time: whoever hears some of it knows which millisecond that was.
 *
 * @module
 */

/** The pitch at the first millisecond, in Hz, and how much it rises in a second. */
const FIRST_HZ = 400;
const RISE_HZ = 200;
/** The longest voice whose pitch a phone lets through, in ms. */
export const MOST_CHIRP_MS = 14_000;
const AMPLITUDE = 9000;
/** How much of a sound its pitch is measured on, in ms. */
const WINDOW_MS = 40;
/** A stretch that begins so near to the end of the one before, by its pitch, goes on with it. */
const SAME_MS = 60;
/** What is quieter than this is silence. */
const LOUD = 1500;

/** A part of the voice: from one millisecond of it to another. */
export function chirp(sampleRate: number, fromMs: number, toMs: number): Int16Array<ArrayBuffer> {
  const from = Math.round(fromMs * sampleRate / 1000);
  const to = Math.round(Math.min(toMs, MOST_CHIRP_MS) * sampleRate / 1000);
  return Int16Array.from({ length: Math.max(0, to - from) }, (_, i) => {
    const t = (from + i) / sampleRate;
    return Math.round(AMPLITUDE * Math.sin(2 * Math.PI * (FIRST_HZ * t + RISE_HZ * t * t / 2)));
  });
}

/** One stretch of the voice as somebody heard it. */
export interface HeardChirp {
  /** Which millisecond of the voice came first, and which last. */
  readonly fromMs: number;
  readonly toMs: number;
  /** How long it sounded, in ms, and when it began, in ms of the recording. */
  readonly durationMs: number;
  readonly atMs: number;
}

/**
 * Finds all stretches of the voice in a recording. One that goes on where the one before was left, after
 * a gap, is the same; what is shorter than two windows is left out.
 */
export function heardChirps(samples: ArrayLike<number>, sampleRate: number): HeardChirp[] {
  const window = Math.round(WINDOW_MS * sampleRate / 1000);
  const ms = (count: number) => count * 1000 / sampleRate;
  const found: HeardChirp[] = [];
  for (const [from, to] of loudStretches(samples, sampleRate)) {
    if (to - from < 2 * window) continue;
    const fromMs = momentOf(pitch(samples, from, from + window, sampleRate)) - WINDOW_MS / 2;
    const toMs = momentOf(pitch(samples, to - window, to, sampleRate)) + WINDOW_MS / 2;
    const before = found.at(-1);
    const goesOn = before && Math.abs(fromMs - before.toMs) < SAME_MS;
    if (goesOn) found.pop();
    found.push({
      fromMs: goesOn ? before.fromMs : fromMs,
      toMs,
      durationMs: ms(to - from) + (goesOn ? before.durationMs : 0),
      atMs: goesOn ? before.atMs : ms(from),
    });
  }
  return found;
}

/** Where it is loud, as [from, to) in samples; gaps of less than the window join. */
function loudStretches(samples: ArrayLike<number>, sampleRate: number): [number, number][] {
  const gap = Math.round(WINDOW_MS * sampleRate / 1000);
  const stretches: [number, number][] = [];
  for (let i = 0; i < samples.length; i++) {
    if (Math.abs(samples[i] ?? 0) < LOUD) continue;
    const last = stretches.at(-1);
    if (last && i - last[1] < gap) last[1] = i + 1;
    else stretches.push([i, i + 1]);
  }
  return stretches;
}

/** The pitch of a part, in Hz: of its median wave, so that a short gap in it does no harm. */
function pitch(
  samples: ArrayLike<number>,
  from: number,
  to: number,
  sampleRate: number,
): number {
  const waves: number[] = [];
  let crossed: number | undefined;
  let loudest = 0;
  for (let i = from + 1; i < to; i++) {
    const [before = 0, after = 0] = [samples[i - 1], samples[i]];
    loudest = Math.max(loudest, after);
    if (before >= 0 || after < 0) continue;
    const at = i - after / (after - before);
    // How a filter dies away in the gap is no wave of the voice.
    if (crossed !== undefined && loudest > LOUD) waves.push(at - crossed);
    crossed = at;
    loudest = after;
  }
  waves.sort((a, b) => a - b);
  const middle = waves.length / 2;
  const [low = NaN, high = NaN] = [waves[Math.ceil(middle) - 1], waves[Math.floor(middle)]];
  return 2 * sampleRate / (low + high);
}

/** The millisecond at which the voice has a pitch. */
function momentOf(hertz: number): number {
  return (hertz - FIRST_HZ) / RISE_HZ * 1000;
}
