import assert from "node:assert/strict";
import type { BotOutput } from "../../src/rtvi/server_messages.ts";
import { plainTransport, sound } from "./plain_transport.ts";

type Plain = ReturnType<typeof plainTransport>;

const ready = (plain: Plain, version = "2.2.0") => {
  plain.rtvi.receive({
    id: "1",
    label: "rtvi-ai",
    type: "client-ready",
    data: { version, about: { library: "test" } },
  });
  plain.messages.length = 0;
};
/** What was sent, in short, without the words of older clients. */
const told = ({ messages }: Plain) =>
  messages.filter(({ type }) => !/-text$/.test(type)).map(({ type, data, at }) => {
    const output = data as BotOutput | undefined;
    const progress = output?.spoken_progress;
    return [
      at,
      type === "bot-output" ? `${output?.spoken_status}: ${progress?.accumulated_text}` : type,
    ];
  });

Deno.test("what the bot says is told in step with what is heard", async () => {
  const plain = plainTransport();
  ready(plain);
  plain.transport.say(sound(1000), { text: "One two three four" });
  await plain.clock.advance(2000);

  assert.deepEqual(told(plain), [
    [50, "bot-tts-started"],
    [50, "bot-tts-stopped"],
    [50, "bot-started-speaking"],
    [50, "new: "],
    [200, "in-progress: One"],
    [400, "in-progress: One two"],
    [750, "in-progress: One two three"],
    [1000, "completed: One two three four"],
    [1350, "bot-stopped-speaking"],
  ]);
  const { data } = plain.messages.find(({ type }) => type === "bot-output")!;
  assert.deepEqual(data, {
    text: "One two three four",
    output_type: "sentence",
    text_type: "sentence",
    aggregated_by: "sentence",
    segment_id: 1,
    will_be_spoken: true,
    spoken_status: "new",
    spoken_progress: { accumulated_text: "", remaining_text: "One two three four" },
  });
});

Deno.test("sound that is written and has no text is speech, and silence and live sound are none", async () => {
  const plain = plainTransport();
  const { clock, transport } = plain;
  ready(plain);
  const writer = transport.writable.getWriter();
  void writer.write(sound(500, 0));
  void writer.write({ ...sound(500), timestamp: 0 });
  await clock.advance(1500);
  assert.deepEqual(told(plain), []);

  void writer.write(sound(200));
  await clock.advance(300);
  void writer.write(sound(200)); // after a pause that is too short to be one
  await clock.advance(1000);

  assert.deepEqual(told(plain).map(([, what]) => what), [
    "bot-started-speaking",
    "bot-stopped-speaking",
  ]);
});

Deno.test("an interruption tells the text that was heard, and nothing of the rest", async () => {
  const plain = plainTransport();
  const { clock, transport } = plain;
  ready(plain);
  transport.say(sound(1000), { text: "One two three four" });
  transport.say(sound(1000), { text: "never heard" });
  await clock.advance(780);
  plain.messages.length = 0;
  transport.interrupt();
  await clock.advance(2000);

  assert.deepEqual(told(plain), [
    [780, "bot-interrupted"],
    [780, "bot-stopped-speaking"],
  ]);
  transport.interrupt();
  assert.equal(plain.messages.length, 2, "an interruption of nothing is none");
});

Deno.test("a stall in the middle of an utterance is told as silence", async () => {
  const plain = plainTransport();
  const { clock, transport } = plain;
  ready(plain);
  const { promise, resolve } = Promise.withResolvers<void>();
  const halves = async function* () {
    yield sound(400);
    await promise;
    yield sound(400);
  };
  transport.say(halves(), { text: "one two" });
  await clock.advance(2000);
  resolve();
  await clock.advance(2000);

  assert.deepEqual(told(plain).map(([, what]) => what), [
    "bot-tts-started",
    "bot-started-speaking",
    "new: ",
    "in-progress: one",
    "bot-stopped-speaking",
    "bot-tts-stopped",
    "bot-started-speaking",
    "completed: one two",
    "bot-stopped-speaking",
  ]);
});

Deno.test("a pause is silence, too", async () => {
  const plain = plainTransport();
  const { clock, transport } = plain;
  ready(plain);
  transport.say(sound(1000));
  await clock.advance(300);
  transport.pause();
  await clock.advance(1000);
  transport.resume();
  await clock.advance(2000);

  assert.deepEqual(told(plain).map(([, what]) => what), [
    "bot-started-speaking",
    "bot-stopped-speaking",
    "bot-started-speaking",
    "bot-stopped-speaking",
  ]);
});

Deno.test("clients of every version get the words that they know", async () => {
  const words = (plain: Plain, type: string) =>
    plain.messages.filter((message) => message.type === type).map(({ data }) =>
      (data as { text: string }).text
    );
  const say = async (version: string) => {
    const plain = plainTransport();
    ready(plain, version);
    plain.transport.say(sound(1000), { text: "One two." });
    await plain.clock.advance(1500);
    return plain;
  };
  const [newest, before, old] = await Promise.all(["2.2.0", "2.0.0", "1.4.0"].map(say)) as [
    Plain,
    Plain,
    Plain,
  ];

  assert.deepEqual(words(newest, "tts-raw-text"), ["One", "two."]);
  assert.deepEqual(words(newest, "bot-tts-text"), ["One", "two."]);
  assert.deepEqual(words(before, "tts-raw-text"), []);
  assert.deepEqual(words(before, "bot-tts-text"), ["One", "two."]);
  assert.deepEqual(
    old.messages.filter(({ type }) => type === "bot-output").map(({ data }) => {
      const { text, aggregated_by, spoken } = data as {
        text: string;
        aggregated_by: string;
        spoken: boolean;
      };
      return [text, aggregated_by, spoken];
    }),
    [["One two.", "sentence", false], ["One", "word", true], ["two.", "word", true]],
  );
});

Deno.test("nothing is told, and no timer is left, once the call is over", async () => {
  const plain = plainTransport();
  const { clock, transport } = plain;
  ready(plain);
  transport.say(sound(1000), { text: "One two" });
  await clock.advance(300);
  transport.close();
  await clock.advance(0);
  plain.messages.length = 0;
  await clock.advance(2000);

  assert.deepEqual(plain.messages, []);
});
