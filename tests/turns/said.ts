/**
 * What a user says in a room, as a microphone has it.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { AudioFrame } from "../../src/core/frame.ts";
import { loadSpeech } from "../../src/demo/speech.ts";
import type { HeardTurn } from "./rehearsal.ts";
import {
  atLevel,
  audible,
  fromPcm,
  mix,
  noise,
  RATE,
  sequence,
  silence,
  type Wave,
} from "./sounds.ts";

export const SPEECH_DB = -26;
export const BEFORE_MS = 1500;

export async function words(text = "The long train comes from the south."): Promise<Wave> {
  const speech = await loadSpeech();
  return atLevel(fromPcm(speech.synthesize(text).samples), SPEECH_DB);
}

/** A sound between two silences, with soft noise behind, or with another noise. */
export function inRoom(wave: Wave, behind?: Wave): Wave {
  const whole = sequence(silence(BEFORE_MS), wave, silence(BEFORE_MS));
  return mix(whole, behind ?? atLevel(noise("pink", whole.length / 16), -70));
}

/** What was said, and where in the room it is audible, in ms. */
export async function said(text?: string) {
  const wave = await words(text);
  const { fromMs, toMs } = audible(wave);
  return { wave, fromMs: BEFORE_MS + fromMs, toMs: BEFORE_MS + toMs };
}

export function only(found: readonly HeardTurn[]): HeardTurn {
  assert.equal(found.length, 1, `there were ${found.length} turns`);
  return found[0]!;
}

export async function* framesOf(wave: Wave): AsyncGenerator<AudioFrame> {
  for (let at = 0; at + 320 <= wave.length; at += 320) {
    const samples = Int16Array.from(wave.subarray(at, at + 320), (sample) => sample * 32_767);
    yield { type: "audio", samples, sampleRate: RATE, channels: 1 };
  }
}

export async function loop(iterable: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of iterable);
}
