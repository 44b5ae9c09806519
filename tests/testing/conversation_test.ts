import assert from "node:assert/strict";
import { call, virtualClock } from "../../src/testing/mod.ts";
import { sine } from "../audio/signals.ts";
import { answering, echo, hear, made } from "./telephone.ts";

const RATE = 8000;
const tone = (ms: number, hz = 440) => sine(hz, RATE, ms / 1000);

/** Answers so long after each end of what the caller says, on the clock of the test. */
function answersAfter(ms: number, clock = virtualClock(), answerMs = 400) {
  const { runner } = answering(async ({ transport }) => {
    let spoken = false;
    let silentMs = 0;
    for await (const samples of transport.audio()) {
      const loud = samples.some((sample) => Math.abs(sample) > 200);
      silentMs = loud ? 0 : silentMs + 20;
      spoken ||= loud;
      if (!spoken || silentMs < 100) continue;
      spoken = false;
      await new Promise<void>((resolve) => clock.schedule(resolve, ms));
      transport.say(made(tone(answerMs, 600)));
    }
  });
  return { runner, clock };
}

Deno.test("a minute of conversation takes two seconds at most, exact to the sample", async () => {
  const { runner, clock } = answersAfter(0);
  const began = performance.now();
  const answers: (number | undefined)[] = [];
  await using caller = await call(runner, { carrier: "twilio", pace: "virtual", clock });

  const from = clock.now();
  while (clock.now() - from < 60_000) {
    const { responseMs } = await caller.say(tone(500));
    answers.push(await responseMs);
    await caller.untilSilence(500);
  }

  const took = performance.now() - began;
  assert.ok(took < 2000, `${took} ms for a minute`);
  assert.ok(answers.length > 30, `${answers.length} turns`);
  assert.deepEqual(new Set(answers).size, 1, `${answers}`);
});

Deno.test("thirty seconds are heard in thirty seconds of the call's own time, without a gap", async () => {
  const speech = tone(30_000);
  const { runner } = answering(async ({ transport }) => {
    await transport.say(made(speech)).done;
  });
  await using caller = await call(runner, { carrier: "twilio", pace: "virtual" });

  const from = await caller.untilSpeech();
  const to = await caller.untilSilence(500);
  const pieces = await Array.fromAsync(caller.heard);

  assert.ok(Math.abs(to - from - 30_000) < 1, `${to - from} ms`);
  for (const [i, piece] of pieces.entries()) {
    const { timestamp = 0, samples } = pieces[i - 1] ?? { timestamp: piece.timestamp, samples: [] };
    const end = timestamp + samples.length * 1000 / RATE;
    assert.ok(Math.abs((piece.timestamp ?? 0) - end) < 0.001, `a gap before piece ${i}`);
  }
});

Deno.test("an echo lives in virtual time, too", async () => {
  const { runner } = answering(echo);
  await using caller = await call(runner, { carrier: "twilio", pace: "virtual" });

  await caller.say(tone(2000));
  const from = await caller.untilSpeech();
  const to = await caller.untilSilence();

  assert.ok(Math.abs(to - from - 2000) <= 20, `${to - from} ms`);
});

Deno.test("a bot that is half a second slower answers half a second later", async () => {
  const answer = async (ms: number) => {
    const { runner, clock } = answersAfter(ms);
    await using caller = await call(runner, { carrier: "telnyx", pace: "virtual", clock });
    return await (await caller.say(tone(300))).responseMs ?? NaN;
  };

  const quick = await answer(100);
  const slow = await answer(600);

  assert.ok(Math.abs(slow - quick - 500) <= 20, `${quick} ms, then ${slow} ms`);
  assert.ok(quick >= 200 && quick < 300, `${quick} ms`); // 100 ms of silence, and 100 ms
});

Deno.test("a bot that is interrupted stops, and the time it takes is told", async () => {
  const { runner } = answering(async ({ transport }) => {
    transport.say(made(tone(10_000)));
    for await (const samples of transport.audio()) {
      if (samples.some((sample) => Math.abs(sample) > 200)) break;
    }
    transport.interrupt();
    transport.say(made(tone(300)));
    await transport.readable.pipeTo(new WritableStream());
  });
  await using caller = await call(runner, { carrier: "twilio", pace: "virtual" });

  const { stoppedMs } = await caller.interruptAfter(1000, tone(600));

  const stopped = await stoppedMs;
  assert.ok(stopped <= 400, `it went on for ${stopped} ms`);
});

Deno.test("the transcript of a phone call is what the bot tells, as far as it was heard", async () => {
  const { runner } = answering(async ({ transport }) => {
    await transport.say(made(tone(500)), { text: "Good morning." }).done;
    transport.rtvi.userSaid("A table for", { final: false });
    transport.rtvi.userSaid("A table for two");
    await transport.rtvi.tool("book", { guests: 2 }, () => true);
    const words = transport.say(made(tone(4000)), { text: "one two three four" });
    await Promise.race([words.done, transport.keys({ count: 1 })]);
    transport.interrupt();
    await transport.readable.pipeTo(new WritableStream());
  });
  await using caller = await call(runner, { carrier: "plivo", pace: "virtual" });

  await caller.interruptAfter(500 + 2500, tone(20));
  caller.press("1");
  await caller.untilSilence(500);

  assert.deepEqual(caller.transcript.map(({ from, text }) => [from, text.trim()]), [
    ["bot", "Good morning."],
    ["user", "A table for two"],
    ["bot", "one two"],
  ]);
  assert.deepEqual(caller.tools.map(({ name, args }) => [name, args]), [["book", { guests: 2 }]]);
});

Deno.test("what is said over something is mixed with it, and what is not waits", async () => {
  const { runner } = answering(echo);
  await using caller = await call(runner, { carrier: "exotel", pace: "virtual" });
  const square = (ms: number, value: number) => new Int16Array(ms * RATE / 1000).fill(value);

  void caller.say(square(1000, 1000));
  const next = caller.say(square(200, 4000));
  await caller.say(square(200, 2000), { over: true });
  await next;
  await caller.untilSilence();
  const heard = await hear(caller, 1200);

  const changes = [...heard].filter((sample, i) => Math.abs(sample - (heard[i - 1] ?? 0)) > 500);
  assert.deepEqual(changes.map((sample) => Math.round(sample / 1000)), [3, 1, 4]);
});

Deno.test("a bot that says nothing is told of, and one that has hung up", async () => {
  const { runner } = answering(async ({ transport }) => {
    await transport.keys({ count: 1 });
  });
  await using caller = await call(runner, { carrier: "twilio", pace: "virtual" });

  await assert.rejects(caller.untilSpeech({ timeoutMs: 5000 }), {
    code: "not_heard",
    message: "The bot said nothing for 5000 ms.",
  });
  const { responseMs } = await caller.say(tone(100));
  caller.press("1");
  await assert.rejects(caller.untilSpeech(), { code: "not_heard", message: /over/ });

  assert.equal(await responseMs, undefined);
  assert.equal(await caller.untilSilence(), 0);
});

Deno.test("an echo, which speaks while the caller does and not after, has answered nothing", async () => {
  const clock = virtualClock();
  const { runner } = answering(echo);
  await using caller = await call(runner, { carrier: "twilio", pace: "virtual", clock });

  const { responseMs } = await caller.say(tone(500));
  const said = clock.now();

  assert.equal(await responseMs, undefined);
  assert.ok(clock.now() - said <= 60_000, `${clock.now() - said} ms`);
});

Deno.test("a runner elsewhere lives in its own time", async () => {
  await assert.rejects(call("http://127.0.0.1:9", { carrier: "twilio", pace: "virtual" }), {
    code: "bad_option",
  });
});
