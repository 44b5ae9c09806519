/**
 * The story from the caller's end: asks, hears the answer, interrupts it, hears the other answer, and
 * leaves. And what must be true of it, whatever the brain and whatever it came by.
 *
 * @module
 */
import assert from "node:assert/strict";
import { heardChirps } from "./chirp.ts";
import type { Recorded } from "./memory_recording.ts";
import { durationOf, GOODBYE, QUESTION, WORD_MS } from "./story.ts";
import type { Talker } from "./talker.ts";

/** How long the caller talks, and how much is heard of the first answer before that, in ms. */
const TALK_MS = 500;
const INTERRUPT_AFTER_MS = 1000;
/** The interrupted answer is over when nothing is heard for so long, in ms. */
const QUIET_MS = 250;
/** After the last sound the bot is told to have stopped, and the last words are told, in ms. */
const SETTLES_MS = 650;

/** A conversation that has ended. */
export interface Conversation {
  /** How much of the first answer the caller heard, in ms: by its pitch. */
  readonly heardMs: number;
  readonly recorded: Recorded;
}

/** Talks to a bot as the story wants it, and leaves. */
export async function converse(talker: Talker): Promise<Conversation> {
  const { ear } = talker;
  await talker.talk(TALK_MS);
  await ear.loudFor(INTERRUPT_AFTER_MS);
  await talker.talk(TALK_MS);
  await ear.quietFor(QUIET_MS);
  await ear.loudFor(durationOf(GOODBYE.answer) - 50);
  await new Promise((resolve) => setTimeout(resolve, SETTLES_MS));
  const recorded = await talker.leave();

  const [interrupted, whole, ...others] = ear.chirps();
  assert.ok(interrupted && whole && others.length === 0, JSON.stringify(ear.chirps()));
  assert.ok(interrupted.fromMs < 100 && whole.fromMs < 100);
  const { toMs, durationMs } = interrupted;
  assert.ok(toMs > INTERRUPT_AFTER_MS && toMs < durationOf(QUESTION.answer) / 2, `${toMs}`);
  assert.ok(durationMs > toMs - 60, "nothing was left out");
  assert.ok(Math.abs(whole.toMs - durationOf(GOODBYE.answer)) < 60);
  return { heardMs: toMs, recorded };
}

/** Checks what was recorded of a conversation: transcript, tool, interruption and sound. */
export function assertRecorded({ heardMs, recorded }: Conversation): void {
  const { call: { messages, events }, bot, sampleRate } = recorded;
  const of = <T>(type: string) =>
    messages.flatMap(({ type: its, data }) => its === type ? [data as T] : []); // sent by the runner

  const said = of<{ text: string; final: boolean }>("user-transcription");
  assert.deepEqual(said.filter(({ final }) => final).map(({ text }) => text), [
    QUESTION.said,
    GOODBYE.said,
  ]);

  const [begun] = of<Record<string, unknown>>("llm-function-call-in-progress");
  const [done] = of<Record<string, unknown>>("llm-function-call-stopped");
  assert.equal(begun?.["function_name"], QUESTION.tool?.name);
  assert.deepEqual(begun?.["arguments"], QUESTION.tool?.arguments);
  assert.deepEqual([done?.["cancelled"], done?.["result"]], [false, "Sunny, 21 °C"]);

  const output = of<{ text: string; spoken_progress?: { accumulated_text: string } }>("bot-output");
  const shown = output.map(({ spoken_progress }) => spoken_progress?.accumulated_text.trim() ?? "");
  const answer = shown.findLast((text) => text !== "" && QUESTION.answer.startsWith(text)) ?? "";
  const words = answer.split(" ").length;
  assert.ok(Math.abs(words - heardMs / WORD_MS) <= 1.5, `${answer}: ${heardMs} ms`);
  assert.equal(shown.at(-1), GOODBYE.answer);

  // A busy machine makes pauses, so there may be more; the last one may come after the end.
  assert.ok(of("bot-started-speaking").length >= 2);
  assert.ok(of("bot-stopped-speaking").length >= 1);
  assert.ok(of("bot-interrupted").length >= 1);
  assert.ok(events.some(({ kind }) => kind === "interrupted"));
  // A recording has the pauses that a busy machine makes.
  const chirps = heardChirps(bot, sampleRate);
  const recordedMs = Math.max(...chirps.slice(0, -1).map(({ toMs }) => toMs));
  const told = `recorded ${JSON.stringify(chirps)}, heard ${heardMs} ms ${JSON.stringify(events)}`;
  assert.ok(recordedMs > heardMs - 300 && recordedMs < durationOf(QUESTION.answer) / 2, told);
  assert.ok(Math.abs((chirps.at(-1)?.toMs ?? 0) - durationOf(GOODBYE.answer)) < 60, told);
}
