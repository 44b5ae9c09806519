import assert from "node:assert/strict";
import fc from "fast-check";
import { type AudioFrame, encodeWav, fromWav, parseWav, toWav } from "../../src/audio/mod.ts";
import { RunnerError } from "../../src/core/error.ts";
import { concatenated, sine } from "./signals.ts";
import { collect } from "./stream.ts";

const file = fc.record({
  samples: fc.int16Array({ maxLength: 100 }).map((samples) => samples.slice(samples.length % 2)),
  sampleRate: fc.integer({ min: 1000, max: 192_000 }),
  channels: fc.constantFrom<1 | 2>(1, 2),
});

Deno.test("a file that is cut anywhere is read as a whole one", async () => {
  await fc.assert(fc.asyncProperty(file, fc.array(fc.nat(20)), async (file, lengths) => {
    const bytes = encodeWav(file);
    let at = 0;
    const chunks = [...lengths, bytes.length].map((length) => bytes.slice(at, at += length));

    const frames = await collect(chunks, fromWav());

    assert.deepEqual(concatenated(frames.map(({ samples }) => samples)), file.samples);
    for (const { sampleRate, channels } of frames) {
      assert.deepEqual({ sampleRate, channels }, {
        sampleRate: file.sampleRate,
        channels: file.channels,
      });
    }
  }));
});

Deno.test("samples come as soon as they are there, and not at the end of the file", async () => {
  const { readable, writable } = fromWav();
  const [writer, reader] = [writable.getWriter(), readable.getReader()];
  const bytes = encodeWav({ samples: new Int16Array(100), sampleRate: 8000, channels: 1 });
  void writer.write(bytes.slice(0, 101));
  const { value } = await reader.read();
  assert.equal(value?.samples.length, 28); // and a byte
  await reader.cancel();
});

Deno.test("what is written as it streams reads back", async () => {
  const frames: AudioFrame[] = [1, 2, 3].map((value) => ({
    type: "audio",
    samples: new Int16Array(160).fill(value),
    sampleRate: 8000,
    channels: 1,
  }));
  const chunks = await collect(frames, toWav());
  const bytes = Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
  const { samples, sampleRate } = parseWav(bytes);
  assert.deepEqual([sampleRate, samples.length, samples[0], samples[479]], [8000, 480, 1, 3]);
});

Deno.test("all frames are written at one rate", async () => {
  const frames = [8000, 48_000].map((sampleRate): AudioFrame => ({
    type: "audio",
    samples: sine(300, sampleRate, 0.1),
    sampleRate,
    channels: 1,
  }));
  const chunks = await collect(frames, toWav({ sampleRate: 16_000, channels: 2 }));
  const wav = parseWav(Uint8Array.from(chunks.flatMap((chunk) => [...chunk])));
  assert.deepEqual([wav.sampleRate, wav.channels], [16_000, 2]);
  assert.ok(wav.samples.length >= 2 * 3200 && wav.samples.length < 2 * 3400);
});

for (const bytes of [new TextEncoder().encode("ID3 and no WAV at all"), new Uint8Array(0)]) {
  Deno.test(`a stream of ${bytes.length} bytes that is no WAV file fails`, async () => {
    await assert.rejects(
      collect([bytes], fromWav()),
      (error) => error instanceof RunnerError && error.code === "bad_wav",
    );
  });
}
