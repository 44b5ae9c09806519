import assert from "node:assert/strict";
import { parseWav } from "../../src/audio/wav.ts";
import type { CallFile } from "../../src/recording/call_file.ts";
import { createRecorder } from "../../src/recording/recorder.ts";
import type { RecordingEnd, RecordingTarget } from "../../src/recording/sink.ts";
import { wavHeader } from "../../src/audio/wav.ts";

const RATE = 16_000;

/** Keeps a recording in memory. */
function memoryTarget() {
  const bytes: number[] = [...wavHeader({ sampleRate: RATE, channels: 2 })];
  const kept: { end?: RecordingEnd; aborted?: true } = {};
  const target: RecordingTarget = {
    write(more) {
      for (const byte of more) bytes.push(byte);
      return Promise.resolve();
    },
    finish(header, end) {
      bytes.splice(0, header.length, ...header);
      kept.end = end;
      return Promise.resolve();
    },
    abort: () => Promise.resolve(void (kept.aborted = true)),
  };
  const sound = () => parseWav(Uint8Array.from(bytes)).samples;
  const call = (): CallFile => kept.end?.call ?? assert.fail("not finished");
  return { target, kept, sound, call };
}

function record(target: RecordingTarget, failures: unknown[] = []) {
  const began = performance.now();
  const recorder = createRecorder({
    sampleRate: RATE,
    session: { id: "s1", transport: "twilio" },
    target: Promise.resolve(target),
    onFailure: (error) => void failures.push(error),
  });
  return { recorder, began, observer: recorder.observer };
}

const frame = (value: number, ms = 20) => new Int16Array(RATE * ms / 1000).fill(value);
const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

Deno.test("both sides are where they were heard, and an interruption cuts the bot", async () => {
  const { target, sound, call } = memoryTarget();
  const { recorder, began, observer } = record(target);

  observer.heard({ samples: frame(7000), sampleRate: RATE, at: began + 100, timestamp: 0 });
  observer.spoken({ samples: frame(9000, 200), sampleRate: RATE, at: began + 200 });
  observer.interrupted();
  observer.silenced(began + 300);
  await delay(450);
  await recorder.finish("left");

  const stereo = sound();
  const at = (ms: number, side: 0 | 1) => stereo[2 * Math.round(ms * RATE / 1000) + side];
  assert.deepEqual([at(95, 0), at(105, 0), at(115, 0), at(125, 0)], [0, 7000, 7000, 0]);
  assert.deepEqual([at(195, 1), at(205, 1), at(295, 1), at(305, 1)], [0, 9000, 9000, 0]);
  const { session, events } = call();
  assert.ok(session.durationMs >= 450 && session.durationMs < 900);
  assert.equal(session.outcome, "left");
  assert.deepEqual(events.map(({ kind, side }) => [kind, side]), [
    ["interrupted", "bot"],
    ["speech", "bot"],
    ["end", undefined],
  ]);
});

Deno.test("what is in the background is on the tape, and nobody's speech", async () => {
  const { target, sound, call } = memoryTarget();
  const { recorder, began, observer } = record(target);

  observer.background?.({ samples: frame(5000, 250), sampleRate: RATE, at: began + 50 });
  observer.spoken({ samples: frame(9000, 100), sampleRate: RATE, at: began + 100 });
  observer.silenced(began + 250);
  await delay(350);
  await recorder.finish("left");

  const at = (ms: number) => sound()[2 * Math.round(ms * RATE / 1000) + 1];
  assert.deepEqual([at(45), at(75), at(150), at(225), at(275)], [0, 5000, 14_000, 5000, 0]);
  const [speech] = call().events.filter(({ kind }) => kind === "speech");
  assert.ok(speech && Math.abs(speech.ms - 100) <= 20 && speech.durationMs === 100);
});

for (const rate of [8000, 24_000, 48_000]) {
  Deno.test(`sound of ${rate} Hz is where it was heard, to a millisecond`, async () => {
    const { target, sound } = memoryTarget();
    const { recorder, began, observer } = record(target);
    const burst = new Int16Array(rate / 5).fill(9000);

    observer.heard({ samples: burst, sampleRate: rate, at: began + 100 });
    observer.spoken({ samples: burst, sampleRate: rate, at: began + 200 });
    await delay(450);
    await recorder.finish("left");

    const stereo = sound();
    const onset = (side: 0 | 1) =>
      stereo.filter((_, i) => i % 2 === side).findIndex((sample) => sample > 4500) * 1000 / RATE;
    assert.ok(Math.abs(onset(0) - 100) < 1, `${onset(0)}`);
    assert.ok(Math.abs(onset(1) - 200) < 1, `${onset(1)}`);
  });
}

Deno.test("sound that is sent in a late beat is placed where the client plays it", async () => {
  const { target, sound } = memoryTarget();
  const { recorder, began, observer } = record(target);
  const late = [0, 0, 25, 5, 0, 0];

  for (const [i, ms] of late.entries()) {
    const at = began + 100 + 20 * i + ms;
    observer.spoken({ samples: frame(1000 + i), sampleRate: RATE, at, timestamp: 20 * i });
  }
  await delay(300);
  await recorder.finish("left");

  const right = sound().filter((_, i) => i % 2 === 1);
  const begin = right.findIndex((sample) => sample !== 0);
  assert.deepEqual(late.map((_, i) => right[begin + 320 * i + 10]), late.map((_, i) => 1000 + i));
});

Deno.test("what is said next does not begin with the end of what was said before", async () => {
  for (const cut of [false, true]) {
    const { target, sound } = memoryTarget();
    const { recorder, began, observer } = record(target);
    const loud = { samples: new Int16Array(1600).fill(9000), sampleRate: 8000 };
    const silent = { samples: new Int16Array(800), sampleRate: 8000 };

    observer.spoken({ ...loud, at: began + 20 });
    if (cut) observer.silenced(began + 100);
    observer.spoken({ ...silent, at: began + 400 });
    await delay(550);
    await recorder.finish("left");

    const stereo = sound();
    const at = (ms: number) => stereo[2 * Math.round(ms * RATE / 1000) + 1] ?? 0;
    assert.ok(Math.abs(at(80)) > 8000);
    for (let ms = 250; ms < 550; ms++) assert.ok(Math.abs(at(ms)) < 50, `${at(ms)} at ${ms} ms`);
  }
});

Deno.test("messages, keys and marks are noted as they were, whatever becomes of them", async () => {
  const { target, call } = memoryTarget();
  const { recorder, observer } = record(target);
  const data = { text: "hello" };

  observer.message("bot", { label: "rtvi-ai", type: "bot-output", data });
  data.text = "changed";
  observer.message("user", { type: "client-message", data: { t: "x" } });
  observer.message("user", "not RTVI");
  observer.key("user", "5");
  observer.mark("m1");
  await recorder.finish("returned");

  assert.deepEqual(call().messages.map(({ from, type, data }) => [from, type, data]), [
    ["bot", "bot-output", { text: "hello" }],
    ["user", "client-message", { t: "x" }],
    ["user", "message", undefined],
  ]);
  assert.deepEqual(call().events.map(({ kind, label }) => [kind, label]), [
    ["key", "5"],
    ["mark", "m1"],
    ["end", "returned"],
  ]);
});

Deno.test("a long call is handed on piece by piece, and loses nothing at its seams", async () => {
  const { target, sound } = memoryTarget();
  const { recorder, began, observer } = record(target);
  let sent = 0;
  for (let ms = 0; ms < 4200; ms += 20) {
    await delay(Math.max(0, began + ms - performance.now()));
    const samples = Int16Array.from({ length: 320 }, () => 1 + sent++ % 30_000);
    observer.heard({ samples, sampleRate: RATE, at: began + ms, timestamp: ms });
  }
  await recorder.finish("left");

  const left = sound().filter((_, i) => i % 2 === 0);
  const first = left.findIndex((sample) => sample !== 0);
  assert.ok(first <= 16, `begins at ${first}`);
  for (let i = 0; i < sent; i++) assert.equal(left[first + i], 1 + i % 30_000);
});

Deno.test("a disk that is full ends the recording once, and nothing of it is seen", async () => {
  const { target, kept } = memoryTarget();
  const failures: unknown[] = [];
  const full = new Error("ENOSPC");
  const { recorder, observer, began } = record(
    { ...target, write: () => Promise.reject(full) },
    failures,
  );

  observer.heard({ samples: frame(1), sampleRate: RATE, at: began, timestamp: 0 });
  await recorder.finish("left");
  observer.heard({ samples: frame(1), sampleRate: RATE, at: began + 50, timestamp: 50 });
  await recorder.finish("left");

  assert.deepEqual(failures, [full]);
  assert.equal(kept.aborted, true);
  assert.equal(kept.end, undefined);
});

Deno.test("a folder that cannot be opened ends the recording, not the call", async () => {
  const failures: unknown[] = [];
  const recorder = createRecorder({
    sampleRate: RATE,
    session: { transport: "webrtc" },
    target: Promise.reject(new Error("EACCES")),
    onFailure: (error) => void failures.push(error),
  });

  recorder.observer.key("user", "1");
  await recorder.finish("left");

  assert.equal(failures.length, 1);
});

Deno.test("sound of another rate is made to fit, and stays in place", async () => {
  const { target, sound } = memoryTarget();
  const { recorder, began, observer } = record(target);
  const tone = Int16Array.from(
    { length: 8 * 160 },
    (_, i) => 10_000 * Math.sin(2 * Math.PI * 500 * i / 8000),
  );

  for (let i = 0; i < 8; i++) {
    const samples = tone.subarray(160 * i, 160 * (i + 1));
    observer.spoken({ samples, sampleRate: 8000, at: began + 100 + 20 * i });
  }
  await delay(320);
  await recorder.finish("left");

  const right = sound().filter((_, i) => i % 2 === 1);
  const first = right.findIndex((sample) => Math.abs(sample) > 1000) * 1000 / RATE;
  assert.ok(Math.abs(first - 100) < 5, `begins at ${first} ms`);
});
