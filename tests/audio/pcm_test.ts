import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type AudioFrame,
  base64FromSamples,
  bytesFromSamples,
  createPcmReader,
  fromPcm,
  type PcmChunk,
  type SampleFormat,
  samplesFromBase64,
  samplesFromBytes,
  toPcm,
} from "../../src/audio/mod.ts";
import { concatenated, signalToNoise, sine } from "./signals.ts";
import { collect } from "./stream.ts";

const mono = (samples: Int16Array, sampleRate = 24_000): AudioFrame => ({
  type: "audio",
  samples,
  sampleRate,
  channels: 1,
});
const samplesOf = (frames: readonly AudioFrame[]) =>
  concatenated(frames.map(({ samples }) => samples));

/** Cuts bytes or text into pieces of these lengths, and a rest. */
function cut<T extends Uint8Array | string>(whole: T, lengths: readonly number[]): T[] {
  const pieces: T[] = [];
  let at = 0;
  for (const length of [...lengths, whole.length]) {
    pieces.push(whole.slice(at, at + length) as T);
    at += length;
  }
  return pieces;
}

const cuts = fc.array(fc.nat(7), { maxLength: 40 });
const samples = fc.int16Array({ maxLength: 60 });

Deno.test("samples are the same after bytes and base64", () => {
  fc.assert(fc.property(samples, (samples) => {
    assert.deepEqual(samplesFromBytes(bytesFromSamples(samples)), samples);
    assert.deepEqual(samplesFromBase64(base64FromSamples(samples)), samples);
  }));
});

Deno.test("the lower byte comes first, wherever the bytes lie in their buffer", () => {
  const bytes = Uint8Array.of(9, 1, 2, 0xff, 0xff, 7).subarray(1);
  assert.deepEqual([...samplesFromBytes(bytes)], [0x0201, -1]);
  assert.deepEqual([...bytesFromSamples(Int16Array.of(0x0201, -1))], [1, 2, 0xff, 0xff]);
});

Deno.test("bytes that are cut anywhere make the same samples", async () => {
  await fc.assert(fc.asyncProperty(samples, cuts, async (samples, lengths) => {
    const chunks: PcmChunk[] = cut(bytesFromSamples(samples), lengths);
    const frames = await collect(chunks, fromPcm({ sampleRate: 24_000 }));
    assert.deepEqual(samplesOf(frames), samples);
    assert.ok(frames.every(({ samples }) => samples.length > 0));
  }));
});

Deno.test("base64 that is cut anywhere makes the same samples", async () => {
  await fc.assert(fc.asyncProperty(samples, cuts, async (samples, lengths) => {
    const chunks: PcmChunk[] = cut(base64FromSamples(samples), lengths);
    assert.deepEqual(samplesOf(await collect(chunks, fromPcm({ sampleRate: 24_000 }))), samples);
  }));
});

Deno.test("messages of base64 make the same samples, whatever number of bytes each has", async () => {
  await fc.assert(fc.asyncProperty(samples, cuts, async (samples, lengths) => {
    const messages: PcmChunk[] = cut(bytesFromSamples(samples), lengths)
      .map((bytes) => btoa(String.fromCharCode(...bytes)));
    assert.deepEqual(samplesOf(await collect(messages, fromPcm({ sampleRate: 24_000 }))), samples);
  }));
});

Deno.test("a stereo frame is never cut between its channels", async () => {
  const chunks: PcmChunk[] = cut(bytesFromSamples(Int16Array.of(1, 2, 3, 4)), [3, 2]);
  const frames = await collect(chunks, fromPcm({ sampleRate: 8000, channels: 2 }));
  assert.deepEqual(frames.map(({ samples }) => [...samples]), [[1, 2], [3, 4]]);
});

for (const format of ["s16le", "f32le", "mulaw", "alaw"] satisfies SampleFormat[]) {
  Deno.test(`${format} is read as it was written`, async () => {
    const tone = sine(440, 8000, 0.1);
    const bytes = await collect([mono(tone, 8000)], toPcm({ sampleRate: 8000, format }));
    const frames = await collect<PcmChunk, AudioFrame>(
      bytes,
      fromPcm({ sampleRate: 8000, format }),
    );
    assert.ok(signalToNoise(tone, samplesOf(frames)) > 30);
  });
}

Deno.test("floats that are too loud are as loud as 16 bits allow", () => {
  const reader = createPcmReader({ sampleRate: 8000, format: "f32le" });
  const { samples } = reader.read(new Uint8Array(Float32Array.of(1.5, -1.5, 0.5, NaN).buffer));
  assert.deepEqual([...samples], [32_767, -32_768, 16_384, 0]);
});

Deno.test("frames of another rate are written at the one that is asked for, to their end", async () => {
  const second = mono(sine(440, 24_000, 1));
  const bytes = await collect([second], toPcm({ sampleRate: 8000 }));
  const length = samplesFromBytes(Uint8Array.from(bytes.flatMap((chunk) => [...chunk]))).length;
  assert.ok(length >= 8000 && length <= 8048, `${length}`);
});

Deno.test("each chunk of base64 can be decoded by itself", async () => {
  const frames = [mono(Int16Array.of(1)), mono(Int16Array.of(2, 3))];
  const chunks = await collect(frames, toPcm({ sampleRate: 24_000, encoding: "base64" }));
  assert.deepEqual(chunks.map((text) => [...samplesFromBase64(text)]), [[1], [2, 3]]);
});

Deno.test("what is not base64 is a TypeError", async () => {
  assert.throws(() => samplesFromBase64("no base64!"), TypeError);
  const chunks: PcmChunk[] = ["§§§§"];
  await assert.rejects(collect(chunks, fromPcm({ sampleRate: 24_000 })), TypeError);
});

Deno.test("a format that there is not is a TypeError that names those there are", () => {
  const format = "s24le" as SampleFormat;
  assert.throws(() => createPcmReader({ sampleRate: 8000, format }), /s16le, f32le, mulaw, alaw/);
});
