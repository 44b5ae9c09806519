/**
 * The story from the caller's end: asks, hears the answer, interrupts it, hears the other answer, and
 * leaves. And what must be true of it, whatever the brain and whatever it came by.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { CallFileMessage } from "../../src/recording/call_file.ts";
import { heardChirps } from "./chirp.ts";
import type { Recorded } from "./memory_recording.ts";
import { STORY, wordsOf } from "./story.ts";
import type { Talker } from "./talker.ts";

/** How long the caller talks, and how much is heard of the first answer before that, in ms. */
const TALK_MS = 500;
const INTERRUPT_AFTER_MS = 1000;

/** A conversation that has ended. */
export interface Conversation {
  /** How much of the first answer the caller heard, in ms: by its pitch. */
  readonly heardMs: number;
  readonly recorded: Recorded;
}

/** Talks to a bot as the story wants it, and leaves. */
export async function converse(talker: Talker): Promise<Conversation> {
  const { ear } = talker;
  const [first, second] = STORY as [typeof STORY[0], typeof STORY[0]]; // it has two turns
  await talker.talk(TALK_MS);
  await ear.loudFor(INTERRUPT_AFTER_MS);
  const interrupting = talker.talk(TALK_MS);
  await interrupting;
  await ear.loudFor(second.answer.durationMs - 50);
  await new Promise((resolve) => setTimeout(resolve, 300)); // for the last words and their text
  const recorded = await talker.leave();

  const [interrupted, whole, ...others] = ear.chirps();
  assert.ok(interrupted && whole && others.length === 0, JSON.stringify(ear.chirps()));
  assert.ok(interrupted.fromMs < 100 && whole.fromMs < 100);
  const { toMs, durationMs } = interrupted;
  assert.ok(toMs > INTERRUPT_AFTER_MS && toMs < 0.5 * first.answer.durationMs, `${toMs}`);
  assert.ok(durationMs > toMs - 60, "nothing was left out");
  assert.ok(Math.abs(whole.toMs - second.answer.durationMs) < 60);
  return { heardMs: toMs, recorded };
}

/** Checks what was recorded of a conversation: transcript, tool, interruption and sound. */
export function assertRecorded({ heardMs, recorded }: Conversation): void {
  const { call: { messages, events }, bot, sampleRate } = recorded;
  const [first, second] = STORY;
  const of = (type: string) => messages.filter((message) => message.type === type);
  const dataOf = <T>({ data }: CallFileMessage) => data as T; // what the runner itself has sent

  const said = of("user-transcription").map(dataOf<{ text: string; final: boolean }>);
  assert.deepEqual(said.filter(({ final }) => final).map(({ text }) => text), [
    first?.said,
    second?.said,
  ]);

  const [begun] = of("llm-function-call-in-progress").map(dataOf<Record<string, unknown>>);
  const [done] = of("llm-function-call-stopped").map(dataOf<Record<string, unknown>>);
  assert.equal(begun?.["function_name"], first?.tool?.name);
  assert.deepEqual(begun?.["arguments"], first?.tool?.arguments);
  assert.equal(done?.["cancelled"], false);
  assert.ok(done?.["result"]);

  const progress = of("bot-output").map(
    dataOf<{ text: string; spoken_progress?: { accumulated_text: string } }>,
  );
  const heard = progress.findLast(({ text }) => first?.answer.text.startsWith(text.slice(0, 8)));
  assert.ok(heard, "the first answer has a text");
  const shown = heard.spoken_progress?.accumulated_text.trim() ?? "";
  const wordCount = shown.split(" ").length;
  const expected = wordsOf(first!.answer).filter(({ toMs }) => toMs <= heardMs).length;
  assert.ok(first?.answer.text.startsWith(shown), shown);
  assert.ok(Math.abs(wordCount - expected) <= 1, `${wordCount} words shown, ${expected} heard`);
  const last = progress.at(-1)?.spoken_progress?.accumulated_text.trim();
  assert.equal(last, second?.answer.text);

  for (const type of ["bot-started-speaking", "bot-stopped-speaking"]) {
    assert.equal(of(type).length, 2, type);
  }
  assert.equal(of("bot-interrupted").length, 1);
  assert.equal(events.filter(({ kind }) => kind === "interrupted").length, 1);
  const [one, two] = heardChirps(bot, sampleRate);
  assert.ok(one && Math.abs(one.toMs - heardMs) < 100, `recorded ${one?.toMs}, heard ${heardMs}`);
  assert.ok(two && Math.abs(two.toMs - second!.answer.durationMs) < 60);
}
