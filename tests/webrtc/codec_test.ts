import assert from "node:assert/strict";
import type { AudioFrame, DtmfFrame } from "../../src/core/frame.ts";
import { createAudioIn } from "../../src/ways/webrtc/audio_in.ts";
import { createAudioOut, type OutgoingPacket } from "../../src/ways/webrtc/audio_out.ts";
import { loadOpus } from "../../src/audio/opus.ts";
import { g711Codec, opusCodec } from "../../src/ways/webrtc/codec.ts";
import { concatenated, signalToNoise, sine } from "../audio/signals.ts";

const LAWS = ["PCMU", "PCMA"] as const;
/** Delay of the two resamplers, in samples of 16 kHz: 24 of 8 kHz each. */
const DELAY = 96;

function level(samples: Int16Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

for (const law of LAWS) {
  Deno.test(`${law} is heard as it was said, in packets of 20 ms and 160 bytes`, async () => {
    const codec = g711Codec(law);
    const packets: OutgoingPacket[] = [];
    const out = createAudioOut(
      () => ({ codec, stereo: false }),
      (packet) => void packets.push(packet),
    );
    const tone = sine(440, 16_000, 0.6);

    await out.write({ type: "audio", samples: tone, sampleRate: 16_000, channels: 1 });
    for (let beat = 1; beat <= 30; beat++) out.tick(1, beat * 20);
    out.close();

    assert.ok(packets.every(({ payload }) => payload.length === 160));
    const [first] = packets;
    assert.deepEqual(
      packets.map(({ timestamp }) => timestamp),
      packets.map((_, i) => (first!.timestamp + i * 160) >>> 0),
    );
    const frames: (AudioFrame | DtmfFrame)[] = [];
    const audioIn = createAudioIn((frame) => frames.push(frame));
    audioIn.start(codec);
    for (const [i, { timestamp, payload }] of packets.entries()) {
      const packet = { kind: "audio", stream: 1, sequence: i, timestamp, payload } as const;
      audioIn.receive(packet, 1000 + i * 20);
    }
    audioIn.close();
    const audio = frames.filter((frame) => frame.type === "audio");
    assert.deepEqual(audio.map(({ timestamp }) => timestamp), packets.map((_, i) => i * 20));
    const heard = concatenated(audio.map(({ samples }) => samples));
    assert.ok(signalToNoise(tone.subarray(1000, 9000), heard.subarray(1000 + DELAY)) > 30);
  });

  Deno.test(`${law} makes up for a loss and then fades out`, () => {
    const codec = g711Codec(law);
    const encoder = codec.encoder({ sampleRate: 8000, channels: 1 });
    const decoder = codec.decoder({ sampleRate: 8000, channels: 1 });
    const tone = sine(400, 8000, 0.02);
    const spoken = decoder.decode(encoder.encode(tone));

    const levels = [1, 2, 3, 4, 5].map(() => level(decoder.conceal(20)) / level(spoken));

    assert.ok(levels[0]! > 0.7, `${levels}`);
    assert.ok(levels[1]! < levels[0]! && levels[2]! < levels[1]!, `${levels}`);
    assert.deepEqual(levels.slice(3), [0, 0]);
    assert.ok(level(decoder.decode(encoder.encode(tone))) > level(spoken) * 0.9);
  });
}

Deno.test("a line of G.711 is never quiet, so that a gateway does not take it for dead", () => {
  const codec = g711Codec("PCMU");
  const packets: OutgoingPacket[] = [];
  const out = createAudioOut(() => ({ codec, stereo: false }), (packet) => packets.push(packet));

  for (let beat = 1; beat <= 100; beat++) out.tick(1, beat * 20);
  out.close();

  assert.equal(packets.length, 100);
  assert.ok(packets.every(({ payload }) => payload.every((byte) => byte === 0xff)));
});

Deno.test("G.711 is decoded to stereo and any rate", () => {
  const codec = g711Codec("PCMA");
  const payload = codec.encoder({ sampleRate: 8000, channels: 1 }).encode(sine(400, 8000, 0.02));

  const samples = codec.decoder({ sampleRate: 48_000, channels: 2 }).decode(payload);

  assert.equal(samples.length, 2 * 960);
  assert.ok(samples.every((sample, i) => sample === samples[i ^ 1]));
});

Deno.test("a packet of G.711 lasts as long as it has bytes, within reason", () => {
  const codec = g711Codec("PCMU");
  const decoder = codec.decoder({ sampleRate: 8000, channels: 1 });

  assert.deepEqual(
    [80, 160, 240, 480, 0, 5000].map((length) => codec.durationOf(new Uint8Array(length))),
    [10, 20, 30, 60, 0, 0],
  );
  assert.throws(() => decoder.decode(new Uint8Array(0)), RangeError);
  assert.throws(() => decoder.decode(new Uint8Array(5000)), RangeError);
});

Deno.test("a change of codec goes on in the same stream of time", () => {
  const frames: (AudioFrame | DtmfFrame)[] = [];
  const audioIn = createAudioIn((frame) => frames.push(frame));
  const payload = new Uint8Array(160).fill(0x80);

  for (const [i, law] of LAWS.entries()) {
    audioIn.start(g711Codec(law));
    for (let n = 0; n < 3; n++) {
      const sequence = i * 3 + n;
      const timestamp = 5000 * i + n * 160;
      audioIn.receive({ kind: "audio", stream: 1, sequence, timestamp, payload }, sequence * 20);
    }
  }
  audioIn.close();

  const timestamps = frames.map((frame) => frame.type === "audio" ? frame.timestamp : -1);
  assert.deepEqual(timestamps, [0, 20, 40, 60, 80, 100]);
});

for (
  const [name, codec] of [["opus", opusCodec(await loadOpus())], [
    "PCMU",
    g711Codec("PCMU"),
  ]] as const
) {
  Deno.test(`${name} says how much later a frame is heard than its payload begins`, () => {
    const sampleRate = 16_000;
    const encoder = codec.encoder({ sampleRate, channels: 1 });
    const decoder = codec.decoder({ sampleRate, channels: 1 });
    const silence = new Int16Array(320);
    const sound = Int16Array.from({ length: 320 }, (_, i) => 12_000 * Math.sin(i / 4));

    const heard = concatenated(
      [silence, silence, sound, silence].map((frame) => decoder.decode(encoder.encode(frame))),
    );
    const onset = heard.findIndex((sample) => Math.abs(sample) > 3000) / 16 - 40;
    encoder.free();
    decoder.free();

    const ofDecoder = name === "opus" ? 0 : encoder.delayMs; // its resampler's is the same
    assert.ok(Math.abs(onset - encoder.delayMs - ofDecoder) < 1, `${onset} ms`);
  });
}
