import assert from "node:assert/strict";
import { telephoneEvents } from "../../src/audio/dtmf.ts";
import type { AudioFrame } from "../../src/core/frame.ts";
import { createAudioIn } from "../../src/ways/webrtc/audio_in.ts";
import { concatenated, signalToNoise, speechLike } from "../audio/signals.ts";
import { FRAME, loud, opus, RATE, timestamps, tone, wire } from "./wire.ts";

Deno.test("packets in order are handed out at once, with the time of their capture", () => {
  const w = wire(opus, tone);

  w.arrive(0, 1, 2);

  assert.deepEqual(timestamps(w.audio()), [0, 20, 40]);
  w.audioIn.close();
});

Deno.test("what is decoded is what was sent, in the format that was asked for", () => {
  const w = wire(opus, tone);
  w.audioIn.configure({ sampleRate: 48_000, channels: 2 });

  w.play(0, 50);

  const frames = w.audio();
  const frame = frames.at(-1)!;
  assert.deepEqual([frame.sampleRate, frame.channels, frame.samples.length], [48_000, 2, 1920]);
  const left = Int16Array.from({ length: 960 }, (_, i) => frame.samples[2 * i]!);
  assert.ok(Math.max(...left) > 15_000);
  w.audioIn.close();
});

Deno.test("packets that overtook each other are put in order", () => {
  const w = wire(opus, tone);

  w.arrive(0, 2);
  const early = w.audio().length;
  w.arrive(1);

  assert.equal(early, 1);
  assert.deepEqual(timestamps(w.audio()), [20, 40]);
  w.audioIn.close();
});

Deno.test("a lost packet is rebuilt from the one after it", () => {
  const speech = speechLike(RATE, 2);
  const lose = new Set([20, 31, 45, 60, 74]);
  const reference = wire(opus, speech);
  const lossy = wire(opus, speech);

  reference.play(0, 90);
  for (let place = 0; place < 90; place++) {
    if (!lose.has(place)) lossy.arrive(place);
    lossy.beat();
  }

  const whole = reference.audio();
  const rebuilt = lossy.audio();
  assert.deepEqual(timestamps(rebuilt), timestamps(whole).slice(0, rebuilt.length));
  const parts = (frames: AudioFrame[]) =>
    concatenated([...lose].map((place) => frames[place]!.samples));
  const ratio = signalToNoise(parts(whole), parts(rebuilt));
  assert.ok(ratio > 6, `${ratio} dB over the lost frames`);
  reference.audioIn.close();
  lossy.audioIn.close();
});

Deno.test("a gap is given up after 50 ms, and the next packets are not held up", () => {
  const w = wire(opus, tone);
  w.arrive(0, 2);
  w.audio();

  w.beat(2);
  const held = w.audio().length;
  w.beat(1);

  assert.equal(held, 0);
  assert.deepEqual(timestamps(w.audio()), [20, 40]);
  w.audioIn.close();
});

Deno.test("silence takes the place of packets that stay away, in real time", () => {
  const w = wire(opus, tone);
  w.play(0, 10);
  w.audio();

  w.beat(100);

  const silence = w.audio();
  assert.ok(!silence.some(loud));
  assert.ok(Math.abs(silence.length - 100) <= 5, `${silence.length} frames in 2 s`);
  assert.deepEqual(timestamps(silence), silence.map((_, i) => 200 + i * 20));
  w.audioIn.close();
});

Deno.test("a client that never sends is silent from the start", () => {
  const w = wire(opus, tone);

  w.beat(50);

  const silence = w.audio();
  assert.ok(Math.abs(silence.length - 50) <= 5);
  assert.equal(silence[0]!.timestamp, 0);
  w.audioIn.close();
});

Deno.test("silence suppression keeps the reader's clock true, however long it lasts", () => {
  // Every 20th packet arrives, each 400 ms after the one before, and no sequence number is missing.
  const w = wire(opus, tone, (place) => place * 20);

  for (let place = 0; place < 50; place++) {
    w.arrive(place);
    w.beat(20);
  }

  const frames = w.audio();
  assert.ok(Math.abs(frames.length - 1000) <= 5, `${frames.length} frames in 20 s`);
  assert.deepEqual(timestamps(frames), frames.map((_, i) => i * 20));
  w.audioIn.close();
});

Deno.test("a sender whose clock stood still while it was muted goes on at the present", () => {
  const w = wire(opus, tone);
  w.play(0, 10);
  w.beat(100);
  const before = w.audio().length;

  w.play(10, 20);

  const after = w.audio();
  assert.ok(after.every(loud));
  assert.deepEqual(timestamps(after), after.map((_, i) => (before + i) * 20));
  w.audioIn.close();
});

Deno.test("packets that the network held up keep the time of their capture", () => {
  const w = wire(opus, tone);
  w.play(0, 10);
  w.beat(15);
  const silence = w.audio().slice(10);

  w.arrive(...Array.from({ length: 16 }, (_, i) => 10 + i));

  const late = w.audio();
  assert.ok(silence.length >= 10);
  assert.equal(late.length, 16);
  assert.deepEqual(timestamps(late.slice(0, 12)), late.slice(0, 12).map((_, i) => 200 + i * 20));
  w.audioIn.close();
});

Deno.test("after a stall of the process there is no silence before the packets that wait", () => {
  const w = wire(opus, tone);
  w.play(0, 10);
  w.audio();

  w.now += 500;
  w.audioIn.tick(3, w.now);
  w.arrive(...Array.from({ length: 25 }, (_, i) => 10 + i));

  const frames = w.audio();
  assert.ok(frames.every(loud));
  assert.equal(frames.length, 25);
  w.audioIn.close();
});

Deno.test("a key press is one frame, however many packets tell of it", () => {
  const w = wire(opus, tone);
  const press = (digit: string, timestamp: number, sequence: number, skip = 0) =>
    telephoneEvents(digit, { clockRate: 48_000 }).slice(skip).forEach((payload, i) =>
      w.audioIn.receive({
        kind: "key",
        stream: 7,
        sequence: sequence + i,
        timestamp,
        payload,
      }, w.now)
    );

  press("5", 1000, 0);
  press("5", 9000, 7);
  press("#", 20_000, 14, 3); // the first ones got lost

  const keys = w.frames.flatMap((frame) => frame.type === "dtmf" ? [frame.digit] : []);
  assert.deepEqual(keys, ["5", "5", "#"]);
  w.audioIn.close();
});

Deno.test("malformed packets are replaced and do no harm", () => {
  const w = wire(opus, tone);
  w.play(0, 10);
  w.audio();

  for (let i = 0; i < 5; i++) {
    w.audioIn.receive({
      kind: "audio",
      stream: 7,
      sequence: (65_530 + 10 + i) & 0xffff,
      timestamp: (4_294_960_000 + (10 + i) * 960) >>> 0,
      payload: i === 0 ? new Uint8Array(0) : Uint8Array.of(0xff, 0xff, 0xff),
    }, w.now);
    w.beat();
  }
  w.play(15, 25);

  const frames = w.audio();
  assert.equal(frames.length, 15);
  assert.ok(loud(frames.at(-1)!));
  w.audioIn.close();
});

Deno.test("a new source starts over, in the same stream of time", () => {
  const w = wire(opus, tone);
  w.play(0, 10);
  const encoder = opus.encoder({ sampleRate: RATE, channels: 1 });
  const payload = encoder.encode(tone.subarray(0, FRAME));
  encoder.free();

  w.audioIn.receive({ kind: "audio", stream: 8, sequence: 5, timestamp: 77, payload }, w.now);

  assert.equal(w.audio().at(-1)!.timestamp, 200);
  w.audioIn.close();
});

Deno.test("what arrives before the start is ignored", () => {
  const frames: unknown[] = [];
  const audioIn = createAudioIn((frame) => frames.push(frame));

  audioIn.receive({
    kind: "audio",
    stream: 1,
    sequence: 1,
    timestamp: 1,
    payload: Uint8Array.of(0xf8, 0xff, 0xfe),
  }, 0);
  audioIn.tick(3, 60);

  assert.equal(frames.length, 0);
  audioIn.close();
});
