import assert from "node:assert/strict";
import type { AudioFrame } from "../../src/core/frame.ts";
import { plainTransport, sound } from "./plain_transport.ts";

/** Sound that comes in pieces, each of them some time after the one before. */
async function* pieces(count: number, ms: number, before: (index: number) => Promise<unknown>) {
  for (let i = 0; i < count; i++) {
    await before(i);
    yield sound(ms);
  }
}

async function settled(promise: PromiseLike<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => done = true);
  await new Promise((resolve) => setTimeout(resolve, 0));
  return done;
}

Deno.test("an utterance tells how much of it is heard, while and after it is", async () => {
  const { clock, transport } = plainTransport();
  const utterance = transport.say(sound(1000), { text: "One two three four" });
  await clock.advance(0);

  assert.deepEqual([utterance.heardMs, utterance.heardText], [0, ""]);
  await clock.advance(500);
  assert.deepEqual([utterance.heardMs, utterance.heardText], [500, "One two"]);
  await clock.advance(600);
  assert.deepEqual(await utterance.done, { heardMs: 1000, interrupted: false });
  assert.equal(utterance.heardText, "One two three four");
});

Deno.test("frames, iterables and streams are said in order, with no gap between them", async () => {
  const { clock, transport, sent } = plainTransport();
  const stream = new ReadableStream<AudioFrame>({
    start(controller) {
      controller.enqueue(sound(300, 3));
      controller.close();
    },
  });

  const all = [
    transport.say(sound(210, 1)),
    transport.say([sound(100, 2), sound(90, 2)]),
    transport.say(stream),
  ];
  await clock.advance(1000);

  assert.deepEqual(await Promise.all(all.map(({ done }) => done)), [
    { heardMs: 210, interrupted: false },
    { heardMs: 190, interrupted: false },
    { heardMs: 300, interrupted: false },
  ]);
  const lengths = [1, 2, 3].map((value) => sent.filter((sample) => sample === value).length);
  assert.deepEqual(lengths, [210 * 8, 190 * 8, 300 * 8]);
  assert.deepEqual(sent.slice(0, 700 * 8), sent.slice(0, 700 * 8).toSorted());
});

Deno.test("an interruption ends what is said and what was to be said", async () => {
  const { clock, transport } = plainTransport();
  const first = transport.say(sound(1000));
  const second = transport.say(sound(1000), { text: "a b c d" });
  const third = transport.say(sound(1000));
  await clock.advance(1500);

  assert.deepEqual(transport.interrupt(), { heardMs: 1500 });

  assert.deepEqual(await first.done, { heardMs: 1000, interrupted: false });
  assert.deepEqual(await second.done, { heardMs: 500, interrupted: true });
  assert.equal(second.heardText, "a b");
  assert.deepEqual(await third.done, { heardMs: 0, interrupted: true });
  assert.deepEqual(transport.interrupt(), { heardMs: 0 });
});

Deno.test("a stall in the source is no sound that is heard", async () => {
  const { clock, transport } = plainTransport();
  const { promise, resolve } = Promise.withResolvers<void>();
  const utterance = transport.say(pieces(2, 500, (i) => i === 1 ? promise : Promise.resolve()));
  await clock.advance(2000);
  assert.equal(utterance.heardMs, 500);
  resolve();
  await clock.advance(200);

  assert.equal(utterance.heardMs, 700);
  assert.deepEqual(transport.interrupt(), { heardMs: 700 });
});

Deno.test("a source that is stuck is let go by an interruption, and what follows is said", async () => {
  const { clock, transport } = plainTransport();
  let cancelled = false;
  const stuck = new ReadableStream<AudioFrame>({
    start: (controller) => controller.enqueue(sound(200)),
    cancel: () => void (cancelled = true),
  });
  const utterance = transport.say(stuck);
  await clock.advance(400);

  assert.deepEqual(transport.interrupt(), { heardMs: 200 });
  assert.deepEqual(await utterance.done, { heardMs: 200, interrupted: true });
  const next = transport.say(sound(100));
  await clock.advance(200);

  assert.deepEqual(await next.done, { heardMs: 100, interrupted: false });
  assert.equal(cancelled, true);
});

Deno.test("a source that fails rejects its utterance, and what follows is said", async () => {
  const { clock, transport } = plainTransport();
  const failure = new Error("The voice is gone");
  const broken = transport.say(pieces(2, 100, (i) => i === 1 ? Promise.reject(failure) : delay0()));
  const next = transport.say(sound(100));
  await clock.advance(500);

  await assert.rejects(broken.done, failure);
  assert.equal(broken.heardMs, 100);
  assert.deepEqual(await next.done, { heardMs: 100, interrupted: false });
});

Deno.test("a frame that cannot be played rejects its utterance", async () => {
  const { clock, transport } = plainTransport();
  const bad = { ...sound(100), samples: new Float32Array(800) };
  const utterance = transport.say(bad as never);
  await clock.advance(100);

  await assert.rejects(utterance.done, TypeError);
});

Deno.test("the end of the call ends an utterance where it is heard", async () => {
  const { clock, transport } = plainTransport();
  const utterance = transport.say(sound(1000));
  await clock.advance(400);

  transport.close();

  assert.deepEqual(await utterance.done, { heardMs: 400, interrupted: true });
  const late = transport.say(sound(1000));
  assert.deepEqual(await late.done, { heardMs: 0, interrupted: true });
});

Deno.test("what is said counts with what is written", async () => {
  const { clock, transport } = plainTransport();
  const writer = transport.writable.getWriter();
  void writer.write(sound(300));
  await clock.advance(0);
  const utterance = transport.say(sound(300));
  const drained = transport.drained();
  await clock.advance(1000);

  assert.deepEqual(await drained, { heardMs: 600 });
  assert.deepEqual(await utterance.done, { heardMs: 300, interrupted: false });
});

Deno.test("disposing lets what was said be heard", async () => {
  const { clock, transport } = plainTransport();
  const utterance = transport.say(pieces(3, 100, delay0));
  const disposed = transport[Symbol.asyncDispose]();
  await clock.advance(250);
  assert.equal(await settled(disposed), false);
  await clock.advance(100);

  await disposed;
  assert.deepEqual(await utterance.done, { heardMs: 300, interrupted: false });
});

Deno.test("a pause keeps what is not heard", async () => {
  const { clock, transport, sent } = plainTransport();
  const utterance = transport.say(sound(1000));
  await clock.advance(400);

  transport.pause();
  await clock.advance(1000);
  const paused = utterance.heardMs;
  const sentUntilThen = sent.length / 8;
  transport.resume();
  await clock.advance(1000);

  assert.deepEqual([paused, sentUntilThen], [500, 500]);
  assert.deepEqual(await utterance.done, { heardMs: 1000, interrupted: false });
});

Deno.test("an interruption ends a pause", async () => {
  const { clock, transport } = plainTransport();
  void transport.say(sound(1000));
  await clock.advance(400);
  transport.pause();
  await clock.advance(500);

  assert.deepEqual(transport.interrupt(), { heardMs: 500 });
  const next = transport.say(sound(100));
  await clock.advance(200);

  assert.deepEqual(await next.done, { heardMs: 100, interrupted: false });
});

Deno.test("words that come with the sound tell which of them are heard", async () => {
  const { clock, transport } = plainTransport();
  const words = [
    { text: "Well", startMs: 0, endMs: 200 },
    { text: "hello", startMs: 500, endMs: 700 },
    { text: "there", startMs: 700 },
  ];
  const utterance = transport.say(sound(1000), { text: "Well, hello there!", words });
  await clock.advance(450);
  const first = utterance.heardText;
  await clock.advance(300);
  transport.interrupt();

  assert.equal(first, "Well,");
  assert.equal(utterance.heardText, "Well, hello");
});

function delay0(): Promise<void> {
  return Promise.resolve();
}
