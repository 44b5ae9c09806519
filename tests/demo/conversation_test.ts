import assert from "node:assert/strict";
import { converse } from "../../src/demo/conversation.ts";
import type { UtteranceEnd } from "../../src/transports/utterance.ts";
import type { Transport } from "../../src/transports/transport.ts";
import { atLevel, cough, toPcm } from "../turns/sounds.ts";
import { createCaller, hiss, indexOf, join, levelOf, outline } from "./caller.ts";
import {
  callByPhone,
  greetedPage,
  greetedPhone,
  lines,
  prepare,
  RATE,
  sent,
  words,
} from "./greeted.ts";

Deno.test("the bot greets with speech, and shows the words as they are heard", async () => {
  const { caller, done } = await greetedPage();
  caller.hangUp();
  await done;

  const greeting = caller.heard();
  const seconds = greeting.length / RATE;
  assert.ok(seconds > 5 && seconds < 12, `${seconds} s`);
  assert.ok(levelOf(greeting) > 500);
  const [ready, ...rest] = outline(caller.messages);
  assert.equal(ready, "bot-ready");
  assert.deepEqual(rest.slice(0, 4), [
    "metrics",
    "bot-tts-started",
    "bot-started-speaking",
    "bot-output new",
  ]);
  assert.equal(rest.at(-1), "bot-stopped-speaking");
  assert.ok(rest.indexOf("bot-tts-stopped") > rest.indexOf("bot-started-speaking"));
});

Deno.test("every line goes from new through its words to completed, one line after the other", async () => {
  const { caller, done } = await greetedPage();
  caller.messages.length = 0;

  caller.send("send-text", { content: "Good day. It rains." });
  await caller.waitUntil(() => sent(caller, "bot-stopped-speaking") === 1);
  caller.hangUp();
  await done;

  const shown = lines(caller);
  const [first, second] = [...new Set(shown.map(({ segment_id }) => segment_id))];
  const progress = (id?: number) =>
    shown.filter(({ segment_id }) => segment_id === id)
      .map(({ spoken_status, spoken_progress }) => [
        spoken_status,
        spoken_progress?.accumulated_text,
        spoken_progress?.remaining_text,
      ]);
  assert.deepEqual(progress(first), [
    ["new", "", "Good day."],
    ["in-progress", "Good", " day."],
    ["completed", "Good day.", ""],
  ]);
  assert.deepEqual(progress(second), [
    ["new", "", "It rains."],
    ["in-progress", "It", " rains."],
    ["completed", "It rains.", ""],
  ]);
  assert.deepEqual(shown.map(({ segment_id }) => segment_id), [
    ...[first, first, first],
    ...[second, second, second],
  ]);
  assert.ok(shown.every(({ will_be_spoken }) => will_be_spoken));
});

Deno.test("a word is shown when it has been heard", async () => {
  const { caller, done } = await greetedPage();
  caller.messages.length = 0;

  caller.send("send-text", { content: "One two three four five six seven eight nine ten." });
  await caller.waitUntil(() => sent(caller, "bot-stopped-speaking") === 1);
  caller.hangUp();
  await done;

  const [begin, ...words] = caller.messages.filter(({ type }) => type === "bot-output");
  const gaps = words.map(({ at }, i) => at - (words[i - 1] ?? begin!).at);
  assert.equal(words.length, 10);
  assert.ok(gaps.every((gap) => gap >= 140 && gap <= 620), `${gaps} ms`);
});

Deno.test("the time that synthesis took is told in seconds", async () => {
  const { caller, done } = await greetedPage();
  caller.hangUp();
  await done;

  const { data } = caller.messages.find(({ type }) => type === "metrics")!;
  const { ttfb } = data as { ttfb: { processor: string; model: string; value: number }[] };
  assert.equal(ttfb[0]?.processor, "flite");
  assert.ok(ttfb[0].value >= 0 && ttfb[0].value < 2, `${ttfb[0].value} s`);
});

for (
  const [kind, begin, rate] of [["page", greetedPage, RATE], ["phone", greetedPhone, 8000]] as const
) {
  Deno.test(`a caller on a ${kind} hears their own words, and nothing else`, async () => {
    const { caller, done } = await begin();
    const spoken = (await words()).filter((_, i) => i % (RATE / rate) === 0);
    const sound = join(hiss(rate, -65), spoken, hiss(rate, -65));
    caller.heard();
    caller.messages.length = 0;

    await caller.say(sound, 6000);
    caller.hangUp();
    await done;

    const back = caller.heard();
    assert.ok(back.length > 0.8 * spoken.length, `${back.length} of ${spoken.length} samples`);
    assert.notEqual(indexOf(sound, back), -1);
    assert.deepEqual(outline(caller.messages).filter((line) => line !== "bot-output in-progress"), [
      "user-started-speaking",
      "user-stopped-speaking",
      "bot-tts-started",
      "bot-started-speaking",
      "bot-output new",
      "bot-tts-stopped",
      "bot-output completed",
      "bot-stopped-speaking",
    ]);
  });
}

Deno.test("a phone is greeted at once, without waiting for a page", async () => {
  const { caller, done } = await greetedPhone();
  caller.hangUp();
  await done;

  assert.ok(caller.heard().length > 5 * RATE);
});

Deno.test("a page that never gets ready is greeted after two seconds", async () => {
  await prepare();
  const caller = createCaller();
  const { signal } = new AbortController();
  const done = converse(caller.transport, { signal, clock: caller.clock });

  await caller.wait(1900);
  const early = caller.heard().length;
  await caller.waitUntil(() => sent(caller, "bot-stopped-speaking") === 1);
  caller.hangUp();
  await done;

  assert.equal(early, 0);
  assert.ok(caller.heard().length > 5 * RATE);
});

Deno.test("the bot makes no more than two lines ahead of what is heard", async () => {
  await prepare();
  const caller = createCaller(8000, Infinity);
  const done = callByPhone(caller);

  await caller.waitUntil(() => caller.written > 0);
  const early = caller.written;
  await caller.waitUntil(() => sent(caller, "bot-stopped-speaking") === 1);
  caller.hangUp();
  await done;

  assert.ok(early > 3000 && early < 5000 && caller.written > 8000, `${early} ms were written`);
});

Deno.test("hiss gets no answer, not even when it sets in suddenly", async () => {
  const { caller, done } = await greetedPage();
  caller.heard();

  await caller.say(hiss(4 * RATE, -20), 2000);
  caller.hangUp();
  await done;

  assert.equal(caller.heard().length, 0);
  assert.equal(sent(caller, "bot-started-speaking"), 1);
  assert.equal(sent(caller, "user-started-speaking"), 0);
});

Deno.test("a caller who speaks interrupts the bot within half a second, and is answered", async () => {
  const { caller, done } = await greetedPage();
  caller.messages.length = 0;
  caller.heard();
  caller.send("send-text", {
    content: "This is a long text that is going to be interrupted soon.",
  });
  await caller.wait(600);
  const began = caller.now;
  const spoken = await words();

  await caller.say(spoken);
  const stopped = caller.heardAt;
  await caller.wait(6000);
  caller.hangUp();
  await done;

  assert.ok(stopped > began && stopped - began < 500, `stopped after ${stopped - began} ms`);
  const outlined = outline(caller.messages);
  const started = outlined.indexOf("user-started-speaking");
  assert.deepEqual(outlined.slice(started, started + 8), [
    "user-started-speaking",
    "bot-tts-stopped",
    "bot-output in-progress",
    "bot-interrupted",
    "bot-stopped-speaking",
    "user-stopped-speaking",
    "bot-tts-started",
    "bot-started-speaking",
  ]);
  const [first] = lines(caller);
  const interrupted = lines(caller).filter(({ segment_id }) => segment_id === first?.segment_id);
  assert.equal(interrupted.at(-1)?.spoken_status, "in-progress");
});

Deno.test("a cough does not interrupt the bot", async () => {
  const { caller, done } = await greetedPage();
  caller.messages.length = 0;
  caller.send("send-text", { content: "This is a long text that is not going to be interrupted." });
  await caller.wait(600);

  await caller.say(toPcm(atLevel(cough(), -24)));
  await caller.waitUntil(() => sent(caller, "bot-stopped-speaking") === 1);
  await caller.wait(2000);
  caller.hangUp();
  await done;

  assert.equal(sent(caller, "bot-interrupted"), 0);
  assert.equal(sent(caller, "user-started-speaking"), 0);
});

Deno.test("a key is answered, also in the middle of a sentence", async () => {
  const { caller, done } = await greetedPhone();
  caller.messages.length = 0;
  caller.press("0");
  await caller.wait(500);

  caller.press("5");
  await caller.waitUntil(() => sent(caller, "bot-stopped-speaking") === 2);
  caller.hangUp();
  await done;

  assert.equal(sent(caller, "bot-interrupted"), 1);
  assert.equal(lines(caller).at(-1)?.text, "You pressed 5.");
  assert.equal(lines(caller).at(-1)?.spoken_status, "completed");
});

Deno.test("the sound of a key is not taken for words", async () => {
  const { caller, done } = await greetedPhone();
  caller.messages.length = 0;
  await caller.say((await words()).filter((_, i) => i % 2 === 0).subarray(0, 8000));

  caller.press("5");
  await caller.waitUntil(() => sent(caller, "bot-stopped-speaking") === 1);
  await caller.wait(3000);
  caller.hangUp();
  await done;

  assert.equal(sent(caller, "user-stopped-speaking"), 1);
  assert.deepEqual([...new Set(lines(caller).map(({ text }) => text))], ["You pressed 5."]);
});

Deno.test("keys of a page are answered, and 2 makes the bot slower", async () => {
  const { caller, done } = await greetedPage();
  caller.heard();
  const duration = async (content: string) => {
    const before = sent(caller, "bot-stopped-speaking");
    caller.send("send-text", { content });
    await caller.waitUntil(() => sent(caller, "bot-stopped-speaking") === before + 1);
    return caller.heard().length;
  };

  const usual = await duration("What a fine day.");
  caller.send("dtmf", { buttons: ["2"] });
  await caller.waitUntil(() => sent(caller, "bot-stopped-speaking") === 3);
  caller.heard();
  const slow = await duration("What a fine day.");
  caller.hangUp();
  await done;

  assert.ok(slow > 1.2 * usual, `${slow} against ${usual} samples`);
});

Deno.test("9 says goodbye to the end and then hangs up", async () => {
  const { caller, done } = await greetedPhone();
  caller.heard();

  caller.press("9");
  let returned = false;
  void done.then(() => returned = true);
  await caller.waitUntil(() => returned);

  assert.ok(caller.heard().length > RATE);
  assert.equal(lines(caller).at(-1)?.spoken_status, "completed");
});

Deno.test("the bot does not hang up before the caller has heard goodbye", async () => {
  await prepare();
  const caller = createCaller(8000);
  const { promise: done, resolve: hearAll } = Promise.withResolvers<UtteranceEnd>();
  const say: Transport["say"] = () => ({ heardMs: 0, heardText: "", done });
  const transport: Transport = { ...caller.transport, name: "twilio", say };
  const { signal } = new AbortController();
  const over = converse(transport, { signal, clock: caller.clock });
  let returned = false;
  void over.then(() => returned = true);

  await caller.wait(100);
  caller.press("9");
  await caller.wait(5000);
  const early = returned;
  hearAll({ heardMs: 0, interrupted: false });
  await over;

  assert.equal(early, false);
});

Deno.test("a typed message can be answered in writing, or not at all", async () => {
  const { caller, done } = await greetedPage();
  caller.messages.length = 0;

  caller.send("send-text", { content: "Write it.", options: { audio_response: false } });
  caller.send("send-text", { content: "Keep it.", options: { run_immediately: false } });
  await caller.wait(1000);
  caller.hangUp();
  await done;

  assert.deepEqual(outline(caller.messages), ["user-input", "user-input", "bot-output completed"]);
  assert.equal(lines(caller)[0]?.will_be_spoken, false);
});

Deno.test("ping is answered with pong, and anything else is refused", async () => {
  const { caller, done } = await greetedPage();
  caller.messages.length = 0;

  caller.send("client-message", { t: "ping" }, "m1");
  caller.send("client-message", { t: "pong" }, "m2");
  await caller.wait(100);
  caller.hangUp();
  await done;

  assert.deepEqual(caller.messages.map(({ id, type, data }) => ({ id, type, data })), [
    { id: "m1", type: "server-response", data: { t: "ping", d: "pong" } },
    {
      id: "m2",
      type: "error-response",
      data: { error: `The demo bot knows "ping" and nothing else.` },
    },
  ]);
});
