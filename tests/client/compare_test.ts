import assert from "node:assert/strict";
import fc from "fast-check";
import { compared, sameWords } from "../../client/src/compare/comparison.ts";
import { type Exchanged, exchangesOf } from "../../client/src/compare/exchanges.ts";
import { wordDifference } from "../../client/src/compare/words.ts";
import type { ConversationLine } from "../../client/src/session/conversation.ts";
import type { LoggedMessage } from "../../client/src/session/happenings.ts";

const NOTHING: Exchanged = {
  conversation: { lines: [] },
  speeches: [],
  turns: [],
  moments: [],
  messages: [],
};

/** A call in which the bot greets, and answers each question so late; null is not answered. */
function callOf(
  turns: readonly (readonly [asked: string, answered: string, latencyMs: number])[],
  thinkMs = 100,
): Exchanged {
  const line = (at: number, speaker: "user" | "bot", text: string): ConversationLine => ({
    key: at,
    at,
    speaker,
    text,
    rest: "",
    final: true,
  });
  const message = (ms: number, type: string): LoggedMessage => ({
    key: ms,
    at: new Date(0),
    ms,
    direction: "in",
    type,
    data: {},
  });
  const place = (i: number) => 5000 + 10_000 * i;
  return {
    ...NOTHING,
    conversation: {
      lines: [
        line(500, "bot", "Hello."),
        // What the user said is known only when the bot has begun.
        ...turns.flatMap(([asked, answered, late], i) => [
          line(place(i) + 1000 + late, "bot", answered),
          line(place(i) + 1100 + late, "user", asked),
        ]),
      ],
    },
    speeches: [
      { side: "bot", from: 500, to: 1500 },
      ...turns.flatMap(([, , late], i) => [
        { side: "user" as const, from: place(i), to: place(i) + 400 },
        { side: "user" as const, from: place(i) + 700, to: place(i) + 1000 },
        { side: "bot" as const, from: place(i) + 1000 + late, to: place(i) + 3000 + late },
      ]),
    ],
    turns: turns.map(([, , latencyMs], i) => ({ number: i + 1, at: place(i) + 1000, latencyMs })),
    messages: turns.flatMap(([, , late], i) => [
      message(place(i) + 1050, "user-stopped-speaking"),
      message(place(i) + 1050 + thinkMs, "bot-llm-text"),
      message(place(i) + 1000 + late, "bot-started-speaking"),
    ]),
  };
}

Deno.test("a call is cut where the user does something after the bot did, however late words come", () => {
  const exchanges = exchangesOf(callOf([["What is it?", "A test.", 300], ["Why?", "So.", 400]]));

  assert.deepEqual(
    exchanges.map(({ at, user, bot, opening, turn }) => [
      at,
      user,
      bot,
      opening,
      turn?.latencyMs,
    ]),
    [
      [0, "", "Hello.", true, undefined],
      [5000, "What is it?", "A test.", false, 300],
      [15_000, "Why?", "So.", false, 400],
    ],
  );
});

Deno.test("what is typed or pressed begins an exchange; words alone do where nothing was heard", () => {
  const typed = { key: 1, at: new Date(0), ms: 1000, direction: "out", type: "send-text" } as const;
  const said = { rest: "", final: true, key: 0 };
  const call: Exchanged = {
    ...NOTHING,
    conversation: {
      lines: [
        { ...said, speaker: "user", at: 995, text: "typed" },
        { ...said, speaker: "bot", at: 2000, text: "one" },
        { ...said, speaker: "bot", at: 4000, text: "two" },
      ],
    },
    messages: [{ ...typed, data: {} }],
    moments: [{ key: 2, at: 3000, kind: "key", label: "Key 1" }],
  };
  const read = (call: Exchanged) => exchangesOf(call).map(({ user, bot }) => [user, bot]);

  assert.deepEqual(read(call), [["typed", "one"], ["", "two"]]);
  assert.deepEqual(read({ ...call, messages: [], moments: [] }), [["typed", "one two"]]);
});

Deno.test("two calls are aligned by what the user said, though one has a turn more", () => {
  const one = callOf([["Hello there", "Hi.", 300], ["The weather?", "Sun.", 300], [
    "Thank you",
    "Bye.",
    300,
  ]]);
  const other = callOf([["Hello there", "Hi.", 300], ["Thank you", "Bye.", 300]]);

  const { pairs } = compared(one, other);

  assert.deepEqual(pairs.map(({ one, other }) => [one?.user, other?.user]), [
    ["", ""],
    ["Hello there", "Hello there"],
    ["The weather?", undefined],
    ["Thank you", "Thank you"],
  ]);
});

Deno.test("the difference is told in a sentence: how much later, what with, and which words", () => {
  const one = callOf([["Hello", "Good morning.", 500], ["Bye", "Bye.", 500]], 200);
  const other = callOf([["hello!", "Good evening.", 900], ["Bye", "bye", 920]], 600);

  const { verdict, answers, parts, pairs } = compared(one, other);

  assert.equal(
    verdict,
    "B's median answer is 410 ms later, mostly in Model (+400 ms). The words differ in 1 of 3 turns.",
  );
  assert.deepEqual(answers[1], { name: "p95", one: 500, other: 919 });
  assert.deepEqual(parts.find(({ name }) => name === "Model"), {
    name: "Model",
    one: 200,
    other: 600,
  });
  assert.deepEqual(pairs.map(sameWords), [true, false, true]);
  assert.equal(
    compared(one, one).verdict,
    "Both have the same median answer time. The words are the same in all turns.",
  );
  assert.equal(
    compared(NOTHING, one).verdict,
    "There are no answers in both calls to compare. The words differ in 3 of 3 turns.",
  );
});

Deno.test("words that only one text has are marked, and nothing else", () => {
  const { one, other } = wordDifference("A table for two, please.", "a table for three");

  assert.deepEqual(one, [
    { text: "A table for ", only: false },
    { text: "two, please.", only: true },
  ]);
  assert.deepEqual(other, [
    { text: "a table for ", only: false },
    { text: "three", only: true },
  ]);
});

Deno.test("the pieces are the texts, and what both have is the same in both", () => {
  const words = fc.array(fc.constantFrom("one", "Two", "three,", "—", "vier", "五")).map((list) =>
    list.join(" ")
  );
  fc.assert(fc.property(words, words, (a, b) => {
    const { one, other } = wordDifference(a, b);
    const text = (pieces: typeof one) => pieces.map(({ text }) => text).join("");
    const shared = (pieces: typeof one) =>
      text(pieces.filter(({ only }) => !only)).toLowerCase().match(/[\p{L}\d]+/gu) ?? [];
    assert.equal(text(one), a);
    assert.equal(text(other), b);
    assert.deepEqual(shared(one), shared(other));
    assert.ok(wordDifference(a, a).one.every(({ only }) => !only));
  }));
});
