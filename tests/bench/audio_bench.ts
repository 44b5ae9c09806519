/**
 * What 20 ms of audio cost: `deno bench tests/bench/audio_bench.ts`.
 *
 * @module
 */

import { decodeMulaw, encodeMulaw } from "../../src/audio/g711.ts";
import { createJitterBuffer } from "../../src/audio/jitter_buffer.ts";
import { loadOpus } from "../../src/audio/opus.ts";
import { createResampler } from "../../src/audio/resample.ts";
import { speechLike } from "../audio/signals.ts";

function framesAt(sampleRate: number): Int16Array[] {
  const length = sampleRate / 50;
  const speech = speechLike(sampleRate, 4);
  return Array.from({ length: 200 }, (_, i) => speech.subarray(i * length, (i + 1) * length));
}

/** Hands out one item after the other, round and round. */
function cycle<T>(items: readonly T[]): () => T {
  let next = 0;
  return () => items[next++ % items.length]!;
}

const opus = await loadOpus();

for (
  const [sampleRate, complexity] of [[48_000, 5], [48_000, 10], [24_000, 5], [16_000, 5]] as const
) {
  const encoder = opus.encoder({ sampleRate, channels: 1, complexity });
  const frame = cycle(framesAt(sampleRate));
  Deno.bench(`opus encode, ${sampleRate} Hz, complexity ${complexity}`, () => {
    encoder.encode(frame());
  });
}

const encoder = opus.encoder({ sampleRate: 48_000, channels: 1 });
const packets = framesAt(48_000).map((frame) => encoder.encode(frame));
for (const sampleRate of [48_000, 24_000, 16_000] as const) {
  const decoder = opus.decoder({ sampleRate, channels: 1 });
  const packet = cycle(packets);
  Deno.bench(`opus decode to ${sampleRate} Hz`, () => {
    decoder.decode(packet());
  });
}

for (
  const [from, to] of [[8000, 16_000], [16_000, 8000], [24_000, 8000], [48_000, 16_000], [
    44_100,
    48_000,
  ]] as const
) {
  const resampler = createResampler(from, to);
  const frame = cycle(framesAt(from));
  Deno.bench(`resample ${from} to ${to} Hz`, () => {
    resampler.process(frame());
  });
}

const telephone = cycle(framesAt(8000));
const coded = cycle(framesAt(8000).map((frame) => encodeMulaw(frame)));
Deno.bench("µ-law encode", () => {
  encodeMulaw(telephone());
});
Deno.bench("µ-law decode", () => {
  decodeMulaw(coded());
});

const buffer = createJitterBuffer<number>();
let sequence = 0;
Deno.bench("jitter buffer, in order", () => {
  buffer.push(sequence & 0xffff, sequence * 960, sequence, sequence * 20);
  buffer.take(sequence++ * 20);
});
