/**
 * Packets that come too fast, too late, or in the name of more time than has passed.
 */
import assert from "node:assert/strict";
import type { AudioFrame } from "../../src/core/frame.ts";
import { opusCodec } from "../../src/ways/webrtc/codec.ts";
import { audioFaultsOf } from "../../src/core/audio_faults.ts";
import { loud, opus, tone, type Wire, wire } from "./wire.ts";

/** Lets packets arrive every 20 ms for a while; `at` chooses their timestamps. */
function flood(w: Wire, beats: number, at: (beat: number) => number, payload: Uint8Array) {
  for (let beat = 0; beat < beats; beat++) {
    w.audioIn.receive({
      kind: "audio",
      stream: 7,
      sequence: beat & 0xffff,
      timestamp: at(beat) >>> 0,
      payload,
    }, w.now);
    w.beat();
  }
}

const lengthOf = (frames: readonly AudioFrame[]) =>
  frames.reduce((ms, { samples, sampleRate }) => ms + samples.length / sampleRate * 1000, 0);
/** 20 ms of silence in Opus, and 120 ms of it. */
const SHORT = Uint8Array.of(0xf8, 0xff, 0xfe);
const LONG = Uint8Array.of(0x1b, 0x02, 0xff, 0xfe);

for (
  const [name, at] of [
    ["jump ahead by 1.9 s with each packet", (beat) => beat * 1900 * 48],
    ["jump back by 1.9 s with each packet", (beat) => -beat * 1900 * 48],
    ["jump to and fro", (beat) => (beat % 2) * 1900 * 48 + beat * 960],
    ["run three times too fast", (beat) => beat * 3 * 960],
    ["run at the rate of telephones", (beat) => beat * 160],
    ["stand still", () => 5],
    ["are anything", (beat) => Math.imul(beat, 2_654_435_761)],
  ] as readonly [string, (beat: number) => number][]
) {
  Deno.test(`no more audio is made than time passes, though timestamps ${name}`, () => {
    const w = wire(opus, tone);

    flood(w, 500, at, SHORT);

    const heard = lengthOf(w.audio());
    assert.ok(heard > 9000 && heard < 10_200, `${heard} ms in 10 s`);
    w.audioIn.close();
  });
}

Deno.test("one packet never stands behind a long silence", () => {
  const w = wire(opus, tone);
  w.play(0, 50);
  w.audio();

  flood(w, 1, () => 4_294_960_000 + (50 * 20 + 1900) * 48, SHORT);

  assert.ok(w.audio().length < 5);
  w.audioIn.close();
});

Deno.test("a sender that makes more audio than time loses the rest", () => {
  const w = wire(opus, tone);
  assert.equal(opusCodec(opus).durationOf(LONG), 120);

  flood(w, 1000, (beat) => beat * 120 * 48, LONG);

  const heard = lengthOf(w.audio());
  assert.ok(heard > 20_000 && heard < 22_200, `${heard} ms in 20 s`);
  w.audioIn.close();
});

Deno.test("silence that stands for a loss is not made twice", () => {
  const w = wire(opus, tone);
  w.play(0, 10);
  w.beat(15);

  w.play(25, 50);

  const heard = lengthOf(w.audio());
  assert.ok(Math.abs(heard - 1000) <= 40, `${heard} ms in 1 s`);
  w.audioIn.close();
});

Deno.test("a missing packet is waited for as long as others are late, and no longer", () => {
  const lateBy = (jitterMs: number) => {
    const w = wire(opus, tone);
    const arrivals = Array.from({ length: 90 }, (_, place) => ({
      place,
      // In turns, so that no packet is overtaken by more than the jitter.
      at: 1000 + place * 20 + (place % 5 === 0 ? jitterMs : 0),
    })).sort((a, b) => a.at - b.at);
    for (const { place, at } of arrivals) {
      while (w.now + 20 <= at) w.beat();
      const { now } = w;
      w.now = at;
      w.arrive(place);
      w.now = now;
    }
    const loudFrames = w.audio().filter(loud).length;
    w.audioIn.close();
    return loudFrames;
  };
  const before = audioFaultsOf("webrtc").late;

  assert.ok(lateBy(120) >= 85);
  const whileLearning = audioFaultsOf("webrtc").late - before;

  assert.ok(whileLearning <= 1, `${whileLearning} packets came too late`);
});
