import assert from "node:assert/strict";
import fc from "fast-check";
import { type AudioFrame, convertAudio, createConverter, resample } from "../../src/audio/mod.ts";
import { concatenated, signalToNoise, sine } from "./signals.ts";
import { collect } from "./stream.ts";

const RATES = [8000, 11_025, 16_000, 24_000, 44_100, 48_000];

for (const from of RATES) {
  for (const to of RATES) {
    Deno.test(`a whole sound of ${from} Hz is the same at ${to} Hz, at the same places`, () => {
      const sound = frame(sine(300, from, 0.5), from);
      const { samples, sampleRate, channels } = convertAudio(sound, { sampleRate: to });
      assert.deepEqual([sampleRate, channels, samples.length], [
        to,
        1,
        Math.ceil(sound.samples.length * to / from),
      ]);
      const middle = (all: Int16Array) => all.subarray(to / 10 | 0, 2 * to / 5);
      // The filter's delay may be a fraction of a sample more or less.
      const noise = signalToNoise(middle(sine(300, to, 0.5)), middle(samples));
      assert.ok(noise > 20, `${noise.toFixed(1)} dB`);
    });
  }
}

Deno.test("stereo stays stereo, with its sides apart", () => {
  const left = sine(300, 24_000, 0.2);
  const stereo = new Int16Array(2 * left.length).map((_, i) => i % 2 === 0 ? left[i / 2]! : 0);
  const converted = convertAudio({ ...frame(stereo, 24_000), channels: 2 }, {
    sampleRate: 16_000,
    channels: 2,
  });
  const sides = [0, 1].map((side) => converted.samples.filter((_, i) => i % 2 === side));
  assert.ok(Math.max(...sides[0]!) > 19_000);
  assert.ok(sides[1]!.every((sample) => sample === 0));
});

Deno.test("mono becomes stereo and stereo mono, with and without another rate", () => {
  for (const sampleRate of [8000, 16_000]) {
    const mono = frame(new Int16Array(800).fill(1000), 8000);
    const stereo = convertAudio(mono, { sampleRate, channels: 2 });
    assert.equal(stereo.samples.length, 2 * 800 * sampleRate / 8000);
    const back = convertAudio(stereo, { sampleRate: 8000 });
    assert.deepEqual([...back.samples.slice(300, 500)], Array(200).fill(1000));
  }
});

Deno.test("what has the format already is not copied", () => {
  const samples = new Int16Array(4);
  assert.equal(createConverter({ sampleRate: 8000 }).convert(frame(samples, 8000)), samples);
});

Deno.test("no sound is lost where the rate changes on the way", async () => {
  const sounds = fc.array(
    fc.tuple(fc.constantFrom(...RATES), fc.constantFrom<1 | 2>(1, 2), fc.nat(50)),
    { maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(sounds, fc.constantFrom(...RATES), async (sounds, sampleRate) => {
      const frames = sounds.map(([rate, channels, ms]): AudioFrame => ({
        ...frame(new Int16Array(Math.round(rate * ms / 1000) * channels), rate),
        channels,
      }));
      const due = frames.reduce(
        (ms, { samples, channels, sampleRate }) =>
          ms + samples.length / channels / sampleRate * 1000,
        0,
      );

      const converted = await collect(frames, resample({ sampleRate }));

      const { length } = concatenated(converted.map(({ samples }) => samples));
      assert.ok(length >= Math.floor(due * sampleRate / 1000));
      assert.ok(
        converted.every((frame) => frame.sampleRate === sampleRate && frame.channels === 1),
      );
    }),
    { numRuns: 40 },
  );
});

Deno.test("live audio is still live", async () => {
  const live = { ...frame(new Int16Array(160), 8000), timestamp: 20 };
  const [converted] = await collect([live], resample({ sampleRate: 16_000 }));
  assert.equal(converted?.timestamp, 20);
});

function frame(samples: Int16Array, sampleRate: number): AudioFrame {
  return { type: "audio", samples, sampleRate, channels: 1 };
}
