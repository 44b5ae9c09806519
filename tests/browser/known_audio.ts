/**
 * Audio that can be told from all other audio: notes in an order that a seed decides. It comes
 * through codecs, resamplers and a browser's voice processing with its melody intact.
 *
 * @module
 */
import assert from "node:assert/strict";
import { encodeWav } from "../../src/audio/wav.ts";

/** Samples per second of the melody, in Hz. */
const RATE = 48_000;
/** The notes, in Hz, each in a band of its own. */
const NOTES = [300, 425, 600, 850, 1200, 1700, 2400, 3400];
const NOTE_MS = 120;
const GAP_MS = 40;
/** Length of one step of the analysis, in ms. */
const STEP_MS = 20;
const NOTE_COUNT = 16;

/** How long the melody takes, in ms. */
export const MELODY_MS: number = NOTE_COUNT * (NOTE_MS + GAP_MS);

/** The melody of a seed: one index into the notes after the other, no note twice in a row. */
function melody(seed: number): number[] {
  let state = (seed * 2_654_435_761) >>> 0;
  const notes: number[] = [];
  while (notes.length < NOTE_COUNT) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const note = state >>> 29;
    if (note !== notes.at(-1)) notes.push(note);
  }
  return notes;
}

/** The melody of a seed as a WAV file. */
export function melodyWav(seed: number): Uint8Array<ArrayBuffer> {
  const noteLength = (RATE * NOTE_MS) / 1000;
  const slot = (RATE * (NOTE_MS + GAP_MS)) / 1000;
  const samples = new Int16Array(NOTE_COUNT * slot);
  melody(seed).forEach((note, index) => {
    for (let i = 0; i < noteLength; i++) {
      const phase = (2 * Math.PI * (NOTES[note] ?? 0) * i) / RATE;
      // Faded in and out, so that it does not click, and with an overtone, as a voice has.
      const fade = Math.sin((Math.PI * i) / noteLength);
      samples[index * slot + i] = 9000 * fade *
        (Math.sin(phase) + 0.3 * Math.sin(2 * phase));
    }
  });
  return encodeWav({ samples, sampleRate: RATE, channels: 1 });
}

/**
 * How well a recording matches the melody of a seed, which repeats in it: about 1 for the melody
 * itself, less than 0.5 for any other. The best stretch as long as the melody counts, whichever note
 * it begins with: a gap in the sound, which shifts what comes after it, then spoils a part of a long
 * recording only, and not all of it.
 *
 * @param recording Mono, any scale; a tenth longer than the melody, or more.
 */
export function recognise(
  recording: ArrayLike<number>,
  sampleRate: number,
  seed: number,
): number {
  const heard = bands(recording, sampleRate);
  const stepsPerNote = (NOTE_MS + GAP_MS) / STEP_MS;
  const expected = melody(seed).flatMap((note) =>
    Array.from({ length: stepsPerNote }, (_, step) => {
      const on = step * STEP_MS < NOTE_MS;
      return NOTES.map((_, band) =>
        on && band === note ? Math.sin((Math.PI * (step + 0.5)) / 6) : 0
      );
    })
  );
  const rotations = Array.from({ length: NOTE_COUNT }, (_, note) => {
    const from = note * stepsPerNote;
    return [...expected.slice(from), ...expected.slice(0, from)].flat();
  });
  let best = 0;
  for (let start = 0; start + expected.length <= heard.length; start++) {
    const window = heard.slice(start, start + expected.length).flat();
    for (const rotation of rotations) best = Math.max(best, correlation(window, rotation));
  }
  return best;
}

/** What was heard, mono. */
export interface Recording {
  readonly sampleRate: number;
  readonly samples: ArrayLike<number>;
}

/** How much sound holds the whole melody, wherever in it that begins, in ms. */
const WHOLE_MS = 1.1 * MELODY_MS;
/** How often it is listened for. */
const TIMES = 6;
/** From where on a score is that of the melody. */
const SAME = 0.8;

/** How well what was heard matches a melody, and another one. */
export interface Scores {
  readonly same: number;
  readonly other: number;
}

/**
 * Listens until the melody of a seed comes through in one piece. On a busy machine sound has gaps,
 * each of which spoils one recording, and not the next.
 *
 * @param record Records for so many ms.
 */
export async function listenFor(
  seed: number,
  record: (milliseconds: number) => Promise<Recording>,
): Promise<Scores> {
  const scores = { same: 0, other: 0 };
  for (let time = 0; time < TIMES && scores.same <= SAME; time++) {
    const { samples, sampleRate } = await record(WHOLE_MS);
    scores.same = Math.max(scores.same, recognise(samples, sampleRate, seed));
    scores.other = Math.max(scores.other, recognise(samples, sampleRate, seed + 1));
  }
  return scores;
}

/** Asserts that a melody was heard, and no other. */
export function assertMelody(scores: Scores, where: string): void {
  console.log(where, scores);
  assert.ok(scores.same > SAME, `${where}: the same melody, ${scores.same}`);
  assert.ok(scores.other < 0.5, `${where}: no other melody, ${scores.other}`);
}

/** The loudness of a recording, as the root mean square of its samples. */
export function loudness(recording: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < recording.length; i++) sum += (recording[i] ?? 0) ** 2;
  return Math.sqrt(sum / Math.max(1, recording.length));
}

/** The amplitude of each note in each step, by Goertzel's algorithm. */
function bands(recording: ArrayLike<number>, sampleRate: number): number[][] {
  const step = Math.round((sampleRate * STEP_MS) / 1000);
  const steps: number[][] = [];
  for (let start = 0; start + step <= recording.length; start += step) {
    steps.push(
      NOTES.map((frequency) => {
        const factor = 2 * Math.cos((2 * Math.PI * frequency) / sampleRate);
        let last = 0;
        let older = 0;
        for (let i = start; i < start + step; i++) {
          const next = (recording[i] ?? 0) + factor * last - older;
          older = last;
          last = next;
        }
        return Math.sqrt(
          Math.max(0, last * last + older * older - factor * last * older),
        ) / step;
      }),
    );
  }
  return steps;
}

/** Pearson's correlation. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((x, y) => x + y, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((value, index) => {
    const x = value - meanA;
    const y = (b[index] ?? 0) - meanB;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  });
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}
