import assert from "node:assert/strict";
import { type CallClock, manualClock } from "../../src/testing/clock.ts";
import { createPlayback } from "../../src/testing/playback.ts";

const RATE = 8000;

function playing(options: { readonly bufferMs?: number } = {}) {
  const clock = manualClock();
  const heard: { length: number; first: number; began: number }[] = [];
  const playback = createPlayback({
    ...options,
    clock,
    sampleRate: RATE,
    heard: (samples, began) =>
      heard.push({ length: samples.length, first: samples[0] ?? 0, began }),
  });
  return { clock, heard, playback };
}

function audio(ms: number, value = 1): Int16Array {
  return new Int16Array(ms * RATE / 1000).fill(value);
}

Deno.test("audio takes its time, in pieces of at most 20 ms", async () => {
  const { clock, heard, playback } = playing();

  playback.play(audio(50));
  await clock.advance(49);

  assert.deepEqual(heard.map(({ length, began }) => [length, began]), [[160, 0], [160, 20]]);
  assert.equal(playback.queuedMs, 10);
  await clock.advance(1);
  assert.deepEqual(heard.at(-1), { length: 80, first: 1, began: 40 });
  assert.equal(playback.queuedMs, 0);
});

Deno.test("audio that comes after a pause is played when it comes", async () => {
  const { clock, heard, playback } = playing();
  playback.play(audio(20));
  await clock.advance(100);

  playback.play(audio(20, 2));
  await clock.advance(20);

  assert.deepEqual(heard.at(-1), { length: 160, first: 2, began: 100 });
});

Deno.test("a mark waits for the audio before it, and for none behind it", async () => {
  const { clock, playback } = playing();
  const marks: number[] = [];
  const mark = () => marks.push(clock.now());

  playback.mark(mark);
  playback.play(audio(40));
  playback.mark(mark);
  playback.mark(mark);
  playback.play(audio(1000));
  assert.deepEqual(marks, [0]);
  await clock.advance(100);

  assert.deepEqual(marks, [0, 40, 40]);
  playback.clear();
});

Deno.test("a clear stops at once and hands out the marks that wait", async () => {
  const { clock, heard, playback } = playing();
  playback.play(audio(100));
  playback.mark(() => assert.fail("it was cleared"));
  await clock.advance(50);

  const marks = playback.clear();
  await clock.advance(1000);

  assert.equal(marks.length, 1);
  assert.deepEqual(heard.map(({ length }) => length), [160, 160, 80]);
  assert.equal(playback.queuedMs, 0);
  playback.play(audio(20, 3));
  await clock.advance(20);
  assert.deepEqual(heard.at(-1), { length: 160, first: 3, began: 1050 });
});

Deno.test("a buffer plays late what comes after a pause, and goes on without another", async () => {
  const { clock, heard, playback } = playing({ bufferMs: 150 });
  playback.play(audio(20));
  await clock.advance(100);
  playback.play(audio(100));
  await clock.advance(400);
  playback.play(audio(20));
  await clock.advance(400);

  assert.deepEqual(heard.map(({ began }) => began), [150, 170, 190, 210, 230, 250, 650]);
});

Deno.test("timers that are late do not slow the audio down: 30 s take 30 s, without a gap", async () => {
  const manual = manualClock();
  let late = 0;
  // Each timer is between 0 and 14 ms late, as on a busy host.
  const clock: CallClock = {
    now: manual.now,
    schedule: (callback, ms) =>
      manual.schedule(callback, Math.max(0, ms) + (late = (late + 7) % 15)),
  };
  const heard: { readonly began: number; readonly ms: number }[] = [];
  const playback = createPlayback({
    clock,
    sampleRate: RATE,
    heard: ({ length }, began) => heard.push({ began, ms: length * 1000 / RATE }),
  });

  playback.play(audio(200));
  for (let sent = 200; sent < 30_000; sent += 100) {
    await manual.advance(100);
    playback.play(audio(100));
  }
  await manual.advance(300);

  let end = 0;
  for (const { began, ms } of heard) {
    assert.equal(began, end);
    end += ms;
  }
  assert.equal(end, 30_000);
});
