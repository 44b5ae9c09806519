import assert from "node:assert/strict";
import {
  type Conversation,
  hear,
  SILENCE,
  tool,
  typed,
  userBegan,
} from "../../client/src/session/conversation.ts";

Deno.test("a guess at the user's words is replaced until it is final", () => {
  const talk = play([
    ["user-transcription", { text: "hel", final: false }],
    ["user-transcription", { text: "hello", final: true }],
    ["user-transcription", { text: "bye", final: true }],
  ]);

  assert.deepEqual(said(talk), ["user: hello", "user: bye"]);
});

Deno.test("a segment of the bot's text is one line, spoken bit by bit", () => {
  const segment = {
    text: "Good morning.",
    segment_id: 4,
    will_be_spoken: true,
  };
  const started: Message = ["bot-output", { ...segment, spoken_status: "new" }];
  const progress = { accumulated_text: "Good", remaining_text: " morning." };
  const halfway: Message = [
    "bot-output",
    { ...segment, spoken_status: "in-progress", spoken_progress: progress },
  ];
  const done: Message = ["bot-output", {
    ...segment,
    spoken_status: "completed",
  }];

  assert.deepEqual(said(play([started])), ["bot: | Good morning."]);
  assert.deepEqual(said(play([started, halfway])), ["bot: Good |  morning."]);
  assert.deepEqual(said(play([started, halfway, done])), [
    "bot: Good morning.",
  ]);
});

Deno.test("what an interrupted bot did not say is taken off", () => {
  const progress = { accumulated_text: "Good", remaining_text: " morning." };
  const talk = play([
    [
      "bot-output",
      {
        text: "Good morning.",
        segment_id: "a",
        will_be_spoken: true,
        spoken_status: "in-progress",
        spoken_progress: progress,
      },
    ],
    ["bot-interrupted", undefined],
  ]);

  assert.deepEqual(said(talk), ["bot: Good"]);
  assert.equal(talk.lines[0]?.unsaid, "morning.");
});

Deno.test("a function call is one line, from its start to its result", () => {
  const call = { tool_call_id: "c1", function_name: "weather" };
  const started = tool(SILENCE, "llm-function-call-in-progress", {
    ...call,
    arguments: { city: "Graz" },
  }, 0);
  const done = tool(started, "llm-function-call-stopped", {
    ...call,
    cancelled: false,
    result: 21,
  }, 0);

  assert.deepEqual(started.lines.map((line) => line.call), [
    { state: "running", args: { city: "Graz" } },
  ]);
  assert.deepEqual(done.lines.map(({ text, call }) => ({ text, call })), [
    { text: "weather", call: { state: "done", args: { city: "Graz" }, result: 21 } },
  ]);
  assert.equal(tool(done, "llm-function-call-stopped", null, 0), done);
});

Deno.test("the first protocol version sends sentences, and the same word by word", () => {
  const talk = play([
    ["bot-output", {
      text: "Good morning.",
      aggregated_by: "sentence",
      spoken: true,
    }],
    ["bot-output", { text: "Good", aggregated_by: "word", spoken: true }],
  ]);

  assert.deepEqual(said(talk), ["bot: Good morning."]);
});

Deno.test("typed text is a line, and nonsense is none", () => {
  const talk = play([
    ["bot-output", null],
    ["bot-output", { text: 5 }],
    ["metrics", {}],
  ]);

  assert.equal(talk, SILENCE);
  assert.deepEqual(said(typed(talk, "hi", 0)), ["user: hi"]);
});

Deno.test("a bot that tells the user's words twice is shown to have heard them once", () => {
  const said1 = { text: "hel", final: false };
  const said2 = { text: "hello", final: true };
  const spoken = (fields: object): Message[] => [
    ["user-input", { ...fields, input_type: "transcription" }],
    ["stt-raw-text", fields],
    ["user-transcription", fields],
  ];

  for (const order of [(pair: Message[]) => pair, (pair: Message[]) => pair.toReversed()]) {
    const talk = play([said1, said2, said1, said2].flatMap((fields) => order(spoken(fields))));
    assert.deepEqual(said(talk), ["user: hello", "user: hello"]);
    const final = play(
      [said2, { ...said2, text: "bye" }].flatMap((fields) => order(spoken(fields))),
    );
    assert.deepEqual(said(final), ["user: hello", "user: bye"]);
  }
});

Deno.test("typed text is acknowledged where it stands, and what was typed elsewhere is shown", () => {
  const chat = (text: string): Message => ["user-input", { text, input_type: "chat", final: true }];
  const [hi, bye] = [chat("hi"), chat("bye")];

  const sent = typed(typed(SILENCE, "hi", 0), "hi", 0);
  const talk = [hi, bye, hi].reduce((talk, [type, data]) => hear(talk, type, data, 0), sent);

  assert.deepEqual(said(talk), ["user: hi", "user: hi", "user: bye"]);
  assert.deepEqual(talk.lines.map(({ sending }) => sending), [undefined, undefined, undefined]);
});

Deno.test("a backchannel takes the place of the guess at it", () => {
  const talk = play([
    ["user-input", { text: "mh", input_type: "transcription", final: false }],
    ["user-input", { text: "mhm", input_type: "backchannel", final: true }],
  ]);

  assert.deepEqual(said(talk), ["user: mhm"]);
});

Deno.test("lines stand in the order in which they began, whatever comes first", () => {
  const segment = { text: "Good morning.", segment_id: 1, will_be_spoken: true };
  const progress = { accumulated_text: "Good", remaining_text: " morning." };
  let talk = SILENCE;
  const say = (at: number, type: string, data?: unknown) => {
    talk = hear(talk, type, data, at);
  };
  say(0, "bot-output", { ...segment, spoken_status: "new" });
  talk = userBegan(talk, 500);
  say(900, "user-started-speaking");
  say(1000, "bot-output", { text: "", segment_id: 2, will_be_spoken: false });
  say(1000, "bot-output", { text: "A note.", segment_id: 3, will_be_spoken: false });
  say(2000, "user-transcription", { text: "hello", final: true });
  say(3000, "bot-output", { ...segment, spoken_status: "in-progress", spoken_progress: progress });
  say(4000, "user-transcription", { text: "bye", final: true });

  assert.deepEqual(talk.lines.map(({ at, text, rest }) => [at, text + rest]), [
    [500, "hello"],
    [1000, "A note."],
    [3000, "Good morning."],
    [4000, "bye"],
  ]);
});

Deno.test("a very long conversation forgets its beginning and keeps its keys", () => {
  let talk = SILENCE;
  for (let i = 0; i < 600; i++) talk = typed(talk, `line ${i}`, 0);

  assert.equal(talk.lines.length, 500);
  assert.equal(talk.lines[0]?.text, "line 100");
  assert.equal(new Set(talk.lines.map(({ key }) => key)).size, 500);
});

type Message = readonly [type: string, data: unknown];

function play(messages: readonly Message[]): Conversation {
  return messages.reduce(
    (talk, [type, data]) => hear(talk, type, data, 0),
    SILENCE,
  );
}

function said(talk: Conversation): string[] {
  return talk.lines.map(
    ({ speaker, text, rest }) =>
      `${speaker}: ${
        rest ? ([text, rest].filter(Boolean).length > 1 ? `${text} | ${rest}` : `| ${rest}`) : text
      }`,
  );
}
