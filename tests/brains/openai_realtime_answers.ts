/**
 * The events that OpenAI's Realtime API tells an answer with.
 *
 * @module
 */
import type { RealtimeServerEvent } from "npm:openai@7.59.0/resources/realtime/realtime";
import { RATE } from "./openai_realtime_config.ts";
import { speak, toBase64 } from "./speech.ts";
import { durationOf, type StoryTurn, wordsBetween } from "./story.ts";

/** An event of the server without its id. */
export type Unsent = RealtimeServerEvent extends infer Event
  ? Event extends RealtimeServerEvent ? Omit<Event, "event_id"> : never
  : never;

/** Where an answer stands: in a response, as an item. */
export interface AnswerIds {
  readonly response_id: string;
  readonly item_id: string;
}

/** A call of a tool. */
export function* callEvents(
  { response_id, item_id }: AnswerIds,
  call_id: string,
  tool: NonNullable<StoryTurn["tool"]>,
): Generator<Unsent> {
  const { name } = tool;
  const text = JSON.stringify(tool.arguments);
  const item = {
    id: item_id,
    object: "realtime.item",
    type: "function_call",
    name,
    call_id,
  } as const;
  const begun = { ...item, status: "in_progress", arguments: "" } as const;
  const done = { ...item, status: "completed", arguments: text } as const;
  const at = { response_id, item_id, output_index: 0, call_id };
  yield { type: "response.output_item.added", response_id, output_index: 0, item: begun };
  yield { type: "conversation.item.added", previous_item_id: null, item: begun };
  yield { type: "response.function_call_arguments.delta", ...at, delta: text };
  yield { type: "response.function_call_arguments.done", ...at, name, arguments: text };
  yield { type: "response.output_item.done", response_id, output_index: 0, item: done };
  yield { type: "conversation.item.done", previous_item_id: null, item: done };
}

/** A spoken answer, as far as it comes until it is aborted. */
export async function* speechEvents(
  { response_id, item_id }: AnswerIds,
  answer: string,
  signal: AbortSignal,
): AsyncGenerator<Unsent> {
  const item = (status: "in_progress" | "incomplete" | "completed", transcript?: string) => ({
    id: item_id,
    object: "realtime.item" as const,
    type: "message" as const,
    role: "assistant" as const,
    status,
    content: transcript === undefined ? [] : [{ type: "output_audio" as const, transcript }],
  });
  const at = { response_id, item_id, output_index: 0, content_index: 0 };
  const begun = item("in_progress");
  yield { type: "response.output_item.added", response_id, output_index: 0, item: begun };
  yield { type: "conversation.item.added", previous_item_id: null, item: begun };
  yield { type: "response.content_part.added", ...at, part: { type: "audio", transcript: "" } };
  let [transcript, sentMs] = ["", 0];
  for await (const samples of speak({ fromMs: 0, toMs: durationOf(answer) }, RATE, signal)) {
    const from = sentMs;
    sentMs += samples.length * 1000 / RATE;
    for (const delta of wordsBetween(answer, from, sentMs)) {
      transcript += delta;
      yield { type: "response.output_audio_transcript.delta", ...at, delta };
    }
    yield { type: "response.output_audio.delta", ...at, delta: toBase64(samples) };
  }
  const done = item(signal.aborted ? "incomplete" : "completed", transcript);
  yield { type: "response.output_audio.done", ...at };
  yield { type: "response.output_audio_transcript.done", ...at, transcript };
  yield { type: "response.content_part.done", ...at, part: { type: "audio", transcript } };
  yield { type: "response.output_item.done", response_id, output_index: 0, item: done };
  yield { type: "conversation.item.done", previous_item_id: null, item: done };
}
