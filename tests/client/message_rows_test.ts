import assert from "node:assert/strict";
import fc from "fast-check";
import { clock, exactClock } from "../../client/src/session/clock.ts";
import type { LoggedMessage } from "../../client/src/session/happenings.ts";
import {
  clicked,
  filtered,
  type MessageFilter,
  NO_FILTER,
  typesOf,
} from "../../client/src/session/message_filter.ts";
import {
  createMessageRows,
  type MessageRow,
  type MessageRows,
} from "../../client/src/session/message_rows.ts";

type Said = readonly [type: string, data?: unknown];

function logged(said: readonly Said[]): LoggedMessage[] {
  return said.map(([type, data], i) => ({
    key: i + 1,
    at: new Date(0),
    ms: 100 * i,
    direction: "in",
    type,
    data,
  }));
}

const rowsOf = (...said: readonly Said[]) => createMessageRows().of(logged(said));
const words = ({ told }: MessageRow) =>
  told?.kind === "words" ? `${told.text}|${told.rest}${told.open ? " …" : ""}` : undefined;

Deno.test("a transcript that grows is one row, until it is final", () => {
  const rows = rowsOf(
    ["user-transcription", { text: "he", final: false }],
    ["user-started-speaking"],
    ["user-transcription", { text: "hello", final: false }],
    ["user-transcription", { text: "hello", final: true }],
    ["user-transcription", { text: "bye", final: false }],
    ["user-input", { text: "typed", input_type: "chat", final: true }],
  );

  assert.deepEqual(rows.map(({ type, count }) => [type, count]), [
    ["user-transcription", 3],
    ["user-started-speaking", 1],
    ["user-transcription", 1],
    ["user-input", 1],
  ]);
  assert.deepEqual(rows.map(words), ["hello|", undefined, "bye| …", "typed|"]);
});

Deno.test("a segment of the bot's is one row that fills, whatever comes between", () => {
  const line = { text: "It is warm.", segment_id: 1, will_be_spoken: true };
  const progress = { accumulated_text: "It is", remaining_text: " warm." };
  const fold = createMessageRows();
  const messages = logged([
    ["bot-output", { ...line, spoken_status: "new" }],
    ["bot-output", { ...line, segment_id: 2 }],
    ["bot-output", { ...line, spoken_status: "in-progress", spoken_progress: progress }],
    ["bot-output", { ...line, spoken_status: "completed" }],
  ]);
  const seen = messages.map((_, i) => fold.of(messages.slice(0, i + 1)).map(words));

  assert.deepEqual(seen, [
    ["|It is warm. …"],
    ["|It is warm. …", "|It is warm. …"],
    ["It is| warm. …", "|It is warm. …"],
    ["It is warm.|", "|It is warm. …"],
  ]);
});

Deno.test("the words of a model and of a voice run into one row each, answer by answer", () => {
  const rows = rowsOf(
    ["bot-llm-started"],
    ["bot-llm-text", { text: "It" }],
    ["bot-tts-text", { text: "It" }],
    ["bot-llm-text", { text: " is." }],
    ["bot-llm-stopped"],
    ["bot-tts-text", { text: "is." }],
    ["bot-llm-text", { text: "Next" }],
    ["bot-interrupted"],
    ["bot-tts-text", { text: "Next" }],
  );

  assert.deepEqual(rows.map(words).filter(Boolean), ["It is.|", "It is.|", "Next|", "Next|"]);
});

Deno.test("a function call is one row, from its announcement to its result", () => {
  const call = { tool_call_id: "c1", function_name: "weather" };
  const rows = rowsOf(
    ["llm-function-call-started", { function_name: "weather" }],
    ["llm-function-call-in-progress", { ...call, arguments: { city: "Graz" } }],
    ["llm-function-call-in-progress", { ...call, tool_call_id: "c2", arguments: {} }],
    ["llm-function-call-stopped", { ...call, cancelled: false, result: 21 }],
    ["llm-function-call-stopped", { ...call, tool_call_id: "c2", cancelled: true }],
  );

  const told = rows.map(({ type, told }) => ({ type, ...told }));
  const common = { type: "llm-function-call", kind: "call", name: "weather" };
  assert.deepEqual(told, [
    {
      ...common,
      args: { city: "Graz" },
      result: 21,
      state: "done",
      begunMs: 0,
      durationMs: 300,
    },
    { ...common, args: {}, result: undefined, state: "cancelled", begunMs: 200, durationMs: 200 },
  ]);
});

const SAID: fc.Arbitrary<Said> = fc.tuple(
  fc.constantFrom(
    "user-transcription",
    "bot-output",
    "bot-llm-text",
    "bot-llm-stopped",
    "bot-tts-text",
    "bot-interrupted",
    "llm-function-call-started",
    "llm-function-call-in-progress",
    "llm-function-call-stopped",
    "server-message",
  ),
  fc.option(fc.record({
    text: fc.string(),
    final: fc.boolean(),
    segment_id: fc.nat(2),
    function_name: fc.constantFrom("f", "g"),
    tool_call_id: fc.constantFrom("1", "2"),
    spoken_progress: fc.option(fc.record({ accumulated_text: fc.string() })),
  }, { requiredKeys: [] })),
);

Deno.test("each message is in one row, and rows that grew with the call are those made at once", () => {
  fc.assert(fc.property(fc.array(SAID, { maxLength: 60 }), fc.nat(60), (said, cut) => {
    const messages = logged(said);
    const grown = createMessageRows();
    grown.of(messages.slice(0, cut));
    const rows = grown.of(messages);

    assert.deepEqual(rows, createMessageRows().of(messages));
    const keys = rows.flatMap((row) => row.messages.map(({ key }) => key));
    assert.deepEqual(keys.sort((a, b) => a - b), messages.map(({ key }) => key));
    assert.deepEqual(rows.map(({ key }) => key), rows.map(({ first }) => first.key));
    assert.equal(grown.of(messages), rows, "nothing new, nothing changed");
  }));
});

Deno.test("another call begins with no row, and of an endless one the oldest rows go", () => {
  const fold: MessageRows = createMessageRows();
  const many = logged(Array<Said>(13_000).fill(["server-message", {}]));
  for (let i = 1; i <= 13; i++) fold.of(many.slice(Math.max(0, i - 5) * 1000, i * 1000));

  assert.ok(fold.of(many.slice(8000)).length <= 6000);
  assert.deepEqual(fold.of(logged([["bot-ready"]])).map(({ type }) => type), ["bot-ready"]);
  assert.deepEqual(fold.of([]).length, 0);
});

Deno.test("messages are filtered by words, by words that they must not have, and by type", () => {
  const rows = rowsOf(
    ["bot-ready", { version: "2" }],
    ["server-message", { n: 1 }],
    ["server-message", { n: 2 }],
    ["metrics", {}],
  );
  const shown = (filter: MessageFilter) =>
    filtered(rows, filter).map(({ first }) => `${first.type}${JSON.stringify(first.data)}`);
  const text = (text: string) => shown({ ...NO_FILTER, text });

  assert.equal(filtered(rows, NO_FILTER), rows);
  assert.deepEqual(text('SERVER "n":2'), ['server-message{"n":2}']);
  assert.deepEqual(text("-server-message -metrics"), ['bot-ready{"version":"2"}']);
  assert.deepEqual(text("-").length, 4, "a minus that is still being typed");
  const only = clicked(NO_FILTER, "metrics");
  assert.deepEqual(shown(only), ["metrics{}"]);
  const both = clicked(only, "bot-ready");
  assert.deepEqual(shown(both).length, 2);
  const not = clicked(only, "metrics");
  assert.deepEqual(shown(not).length, 3);
  assert.equal(shown(clicked(not, "metrics")).length, 4);
  assert.deepEqual(typesOf(rows.slice(0, 3), only), [
    { type: "bot-ready", count: 1 },
    { type: "server-message", count: 2 },
    { type: "metrics", count: 0 },
  ]);
});

Deno.test("times are read as people read them", () => {
  assert.deepEqual([0, 999, 61_000, 3_600_000].map(clock), ["0:00", "0:00", "1:01", "60:00"]);
  assert.deepEqual([0, 1234, 59_999, 65_350].map(exactClock), [
    "0:00.0",
    "0:01.2",
    "0:59.9",
    "1:05.3",
  ]);
});
