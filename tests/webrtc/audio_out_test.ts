import assert from "node:assert/strict";
import { parseTelephoneEvent } from "../../src/audio/dtmf.ts";
import { loadOpus, opusPacketDuration } from "../../src/audio/opus.ts";
import type { AudioFrame } from "../../src/core/frame.ts";
import {
  type AgreedCodec,
  createAudioOut,
  type OutgoingPacket,
  type PlayedFrame,
} from "../../src/ways/webrtc/audio_out.ts";
import { g711Codec, opusCodec } from "../../src/ways/webrtc/codec.ts";
import { concatenated, distortion, sine } from "../audio/signals.ts";

const opus = await loadOpus();

const codec = opusCodec(opus);

function sender(line: AgreedCodec = { codec, stereo: false, keyClockRate: 48_000 }) {
  const packets: OutgoingPacket[] = [];
  const out = createAudioOut(() => line, (packet) => packets.push(packet));
  let now = 5000;
  /** Lets beats pass, each 20 ms after the one before. */
  const beat = (count: number) => {
    for (let i = 0; i < count; i++) out.tick(1, now += 20);
  };
  /** Lets time pass without a beat, as when the process is held up. */
  const stall = (ms: number) => {
    now += ms;
    out.tick(3, now += 20);
  };
  return { out, packets, beat, stall };
}

function frame(samples: Int16Array, sampleRate = 24_000, channels: 1 | 2 = 1): AudioFrame {
  return { type: "audio", samples, sampleRate, channels };
}

const audible = ({ payload }: OutgoingPacket) => payload.length > 3;

function decoded(packets: readonly OutgoingPacket[], channels: 1 | 2 = 1): Int16Array {
  const decoder = opus.decoder({ sampleRate: 48_000, channels });
  const samples = concatenated(packets.map(({ payload }) => decoder.decode(payload)));
  decoder.free();
  return samples;
}

Deno.test("one packet of 20 ms leaves at each beat, with a timestamp 960 further", async () => {
  const { out, packets, beat } = sender();

  await out.write(frame(sine(440, 24_000, 0.5)));
  beat(25);

  assert.equal(packets.length, 25);
  assert.ok(packets.every(({ payload }) => opusPacketDuration(payload) === 20));
  const [first] = packets;
  assert.deepEqual(
    packets.map(({ timestamp }) => timestamp),
    packets.map((_, i) => (first!.timestamp + i * 960) >>> 0),
  );
  out.close();
});

Deno.test("every rate is heard at its pitch", async () => {
  for (const rate of [8000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000]) {
    const { out, packets, beat } = sender();

    await out.write(frame(sine(440, rate, 0.9), rate));
    beat(45);

    const middle = decoded(packets).subarray(9600, 38_400);
    const floor = distortion(middle, 440, 48_000);
    assert.ok(floor < -15, `${floor} dB at ${rate} Hz`);
    out.close();
  }
});

Deno.test("stereo is for clients that asked for it, and mixed for others", async () => {
  for (const stereo of [true, false]) {
    const { out, packets, beat } = sender({ codec, stereo });
    const left = sine(440, 48_000, 0.5);
    const samples = new Int16Array(left.length * 2);
    left.forEach((sample, i) => samples[2 * i] = sample);

    await out.write(frame(samples, 48_000, 2));
    beat(25);

    const heard = decoded(packets, 2).subarray(9600);
    const peak = (channel: number) =>
      Math.max(...heard.filter((_, i) => i % 2 === channel).map(Math.abs));
    assert.equal(peak(1) > 5000, !stereo);
    assert.ok(peak(0) > 5000);
    out.close();
  }
});

Deno.test("frames of any length are cut into packets without a seam", async () => {
  const { out, packets, beat } = sender();
  const tone = sine(440, 24_000, 0.6);

  for (let at = 0; at < tone.length;) {
    const length = 100 + at % 701;
    await out.write(frame(tone.subarray(at, at + length)));
    at += length;
  }
  beat(30);

  const floor = distortion(decoded(packets.filter(audible)).subarray(9600, 24_000), 440, 48_000);
  assert.ok(floor < -20, `${floor} dB`);
  out.close();
});

Deno.test("the bot may use its array again", async () => {
  const { out, packets, beat } = sender();
  const samples = sine(440, 24_000, 0.4);

  await out.write(frame(samples));
  samples.fill(0);
  beat(20);

  assert.ok(Math.max(...decoded(packets)) > 5000);
  out.close();
});

Deno.test("nothing to say is a little silence, then a packet every 400 ms", () => {
  const { out, packets, beat } = sender();

  beat(105);

  const sizes = packets.map(({ payload }) => payload.length);
  assert.deepEqual(sizes, [3, 3, 3, 3, 3, 1, 1, 1, 1, 1]);
  const last = packets.at(-1)!.timestamp - packets.at(-2)!.timestamp;
  assert.equal(last, 20 * 960);
  out.close();
});

Deno.test("the first packet after a pause has the marker", async () => {
  const { out, packets, beat } = sender();
  beat(30);
  packets.length = 0;

  await out.write(frame(sine(440, 24_000, 0.1)));
  beat(5);

  assert.deepEqual(packets.map(({ marker }) => marker), [true, false, false, false, false]);
  out.close();
});

Deno.test("a frame that misses one beat is not a pause", async () => {
  const { out, packets, beat } = sender();
  const tone = sine(440, 24_000, 0.02);

  await out.write(frame(tone));
  beat(2);
  await out.write(frame(tone));
  beat(1);

  const [first, second] = packets;
  assert.equal(packets.length, 2);
  assert.equal((second!.timestamp - first!.timestamp) >>> 0, 960);
  assert.equal(second!.marker, false);
  out.close();
});

Deno.test("after a stall the timestamps go on at the present", async () => {
  const { out, packets, beat, stall } = sender();
  await out.write(frame(sine(440, 24_000, 0.6)));
  beat(10);

  stall(500);
  beat(5);

  const [last, next] = packets.slice(9);
  assert.equal((next!.timestamp - last!.timestamp) >>> 0, 24 * 960); // of 26, two are caught up
  assert.deepEqual(
    packets.slice(10).map(({ timestamp }) => timestamp),
    packets.slice(10).map((_, i) => (next!.timestamp + i * 960) >>> 0),
  );
  out.close();
});

Deno.test("a writer waits while more than a second is queued", async () => {
  const { out, beat } = sender();
  let written = false;

  const write = out.write(frame(sine(440, 24_000, 3))).then(() => written = true);
  beat(99);
  await Promise.resolve();
  const early = written;
  beat(1);
  await write;

  assert.equal(early, false);
  out.close();
});

Deno.test("an interruption drops what is queued and lets the writer go on", async () => {
  const { out, packets, beat } = sender();
  const write = out.write(frame(sine(440, 24_000, 10)));
  beat(10);

  out.interrupt();
  await write;
  beat(10);

  assert.equal(packets.filter(audible).length, 10);
  out.close();
});

Deno.test("drained means sent, and heard a little later", async () => {
  const { out, packets, beat } = sender();
  await out.write(frame(sine(440, 24_000, 0.2)));
  let drained = false;

  const heard = out.drained().then(() => drained = true);
  await out.write(frame(sine(440, 24_000, 0.6))); // not waited for
  beat(14);
  await Promise.resolve();
  const early = drained;
  beat(3);
  await heard;

  assert.equal(early, false);
  assert.equal(packets.length, 17);
  out.close();
});

Deno.test("drained resolves for audio that is dropped, and when there was none", async () => {
  const { out } = sender();

  await out.drained();
  await out.write(frame(sine(440, 24_000, 0.5)));
  const heard = out.drained();
  out.interrupt();
  await heard;
  await out.write(frame(sine(440, 24_000, 0.5)));
  const never = out.drained();
  out.close();

  await never;
});

Deno.test("a key press follows the audio before it", async () => {
  const { out, packets, beat } = sender();

  await out.write(frame(sine(440, 24_000, 0.1)));
  await out.press("7");
  await out.write(frame(sine(440, 24_000, 0.1)));
  beat(17);

  assert.deepEqual(
    packets.map(({ kind }) => kind),
    [...Array(5).fill("audio"), ...Array(7).fill("key"), ...Array(5).fill("audio")],
  );
  const keys = packets.filter(({ kind }) => kind === "key");
  assert.equal(new Set(keys.map(({ timestamp }) => timestamp)).size, 1);
  assert.deepEqual(keys.map(({ marker }) => marker), [true, ...Array(6).fill(false)]);
  assert.equal(parseTelephoneEvent(keys.at(-1)!.payload)?.duration, 4800);
  const after = packets.at(12)!.timestamp - packets.at(4)!.timestamp;
  assert.equal(after >>> 0, 8 * 960);
  out.close();
});

Deno.test("a key press is left out for a client that knows none", async () => {
  const { out, packets, beat } = sender({ codec, stereo: false });

  await out.press("7");
  beat(3);

  assert.ok(packets.every(({ kind }) => kind === "audio"));
  out.close();
});

Deno.test("late live audio is dropped, audio made by the bot never", async () => {
  const { out, packets, beat } = sender();
  const tone = sine(440, 24_000, 0.02);
  await out.write({ ...frame(tone), timestamp: 1000 });
  const writtenAt = performance.now();

  // The frame after this one, far too late: the passage goes on, and its time is over.
  await out.write({ ...frame(tone), timestamp: 1000 - (performance.now() - writtenAt) - 500 });
  for (let i = 0; i < 30; i++) await out.write(frame(tone));
  beat(40);

  assert.equal(packets.filter(audible).length, 31);
  out.close();
});

Deno.test("a sound in the background is sent at each beat, mixed with what is said", async () => {
  const { out, packets, beat } = sender();
  const tone = sine(440, 24_000, 1);
  let at = 0;
  out.accompany({ take: (length) => tone.subarray(at, at += length).slice() });
  beat(20);
  await out.write(frame(sine(1500, 24_000, 0.2, 8000)));
  beat(20);
  out.accompany(undefined);
  beat(30);

  const sounding = packets.filter(audible);
  assert.equal(sounding.length, 40);
  assert.deepEqual(sounding.map(({ marker }) => marker), [true, ...Array(39).fill(false)]);
  const middle = decoded(sounding).subarray(4800, 18_000);
  assert.ok(distortion(middle, 440, 48_000) < -15, "the background alone");
  assert.equal(out.hearing.writtenMs, 200);
  assert.ok(at === 40 * 480, "and no more of it is taken than is heard");
  out.close();
});

Deno.test("what is said is drained though the background goes on", async () => {
  const { out, beat } = sender();
  out.accompany({ take: (length) => new Int16Array(length).fill(500) });
  await out.write(frame(sine(440, 24_000, 0.1)));
  let drained = false;
  void out.drained().then(() => drained = true);
  beat(6);
  await Promise.resolve();
  assert.equal(drained, false);
  beat(6);
  await Promise.resolve();
  assert.equal(drained, true);
  out.close();
});

Deno.test("what is played is told with the time at which the client plays it", async () => {
  const played: PlayedFrame[] = [];
  const line = { codec: g711Codec("PCMU"), stereo: false };
  const out = createAudioOut(() => line, () => {}, undefined, (frame) => played.push(frame));
  const samples = new Int16Array(1600).fill(1000); // 100 ms

  await out.write({ type: "audio", samples, sampleRate: 16_000, channels: 1 });
  out.tick(1, 5000);
  out.tick(1, 5020);
  out.tick(3, 5080); // two beats are late
  out.close();

  assert.deepEqual(played.map(({ timestamp }) => timestamp), [0, 20, 40, 60, 80]);
  assert.deepEqual(played.map(({ at }) => at - 3), [5000, 5020, 5080, 5080, 5080]); // a resampler's 3 ms
});

for (const how of ["after a pause", "after an interruption"] as const) {
  Deno.test(`${how} nothing is heard of the sound before, whatever its rate`, async () => {
    const played: number[] = [];
    const out = createAudioOut(
      () => ({ codec, stereo: false }),
      () => {},
      () => 0,
      ({ samples }) => played.push(...samples),
    );
    let now = 5000;
    const beat = (count: number) => {
      for (let i = 0; i < count; i++) out.tick(1, now += 20);
    };
    await out.write(frame(new Int16Array(4410).fill(32_000), 22_050));
    beat(how === "after a pause" ? 30 : 5);
    if (how === "after an interruption") out.interrupt();
    played.length = 0;

    await out.write(frame(new Int16Array(4410), 22_050));
    beat(10);

    assert.ok(played.length >= 4400);
    assert.equal(played.findIndex((sample) => sample !== 0), -1);
    out.close();
  });
}

for (const each of [codec, g711Codec("PCMU")]) {
  Deno.test(`${each.name}: what is said after a pause begins with no click of what was before`, async () => {
    const { out, packets, beat } = sender({ codec: each, stereo: false });
    const decoder = each.decoder({ sampleRate: 48_000, channels: 1 });
    await out.write(frame(sine(400, 24_000, 0.41))); // which ends in the midst of a sound
    beat(40);
    for (const { payload } of packets.splice(0)) if (payload.length > 1) decoder.decode(payload);

    await out.write(frame(new Int16Array(2400)));
    beat(5);

    const heard = packets.map(({ payload }) => decoder.decode(payload));
    const loudest = concatenated(heard).reduce(
      (most, sample) => Math.max(most, Math.abs(sample)),
      0,
    );
    const decibel = 20 * Math.log10(loudest / 32_768);
    assert.ok(decibel < -60, `${decibel.toFixed(1)} dB`);
    decoder.free();
    out.close();
  });
}
