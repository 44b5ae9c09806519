import assert from "node:assert/strict";
import fc from "fast-check";
import { createResampler } from "../../src/audio/resample.ts";
import { concatenated, distortion, sine } from "./signals.ts";

const PAIRS: [number, number][] = [
  [8000, 16_000],
  [16_000, 8000],
  [8000, 24_000],
  [24_000, 8000],
  [8000, 48_000],
  [48_000, 8000],
  [16_000, 24_000],
  [24_000, 16_000],
  [16_000, 48_000],
  [48_000, 16_000],
  [44_100, 48_000],
  [48_000, 44_100],
  [22_050, 8000],
  [11_025, 16_000],
  [47_999, 48_000],
  [48_000, 8001],
];
const rate = fc.oneof(
  fc.constantFrom(8000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000),
  fc.integer({ min: 8000, max: 48_000 }),
);

for (const [from, to] of PAIRS) {
  Deno.test(`${from} to ${to} Hz: noise and distortion stay 80 dB down in the passband`, () => {
    const nyquist = Math.min(from, to) / 2;
    for (const frequency of [97, 997, 0.5 * nyquist + 3, 0.85 * nyquist]) {
      const resampled = createResampler(from, to).process(sine(frequency, from, 0.5));
      const settled = resampled.subarray(to / 100, -to / 100);
      const measured = distortion(settled, frequency, to);
      assert.ok(measured < -80, `${frequency} Hz: ${measured.toFixed(1)} dB`);
    }
  });
}

Deno.test("what the lower rate cannot carry is taken away", () => {
  for (const [from, to] of PAIRS.filter(([a, b]) => a > b * 1.2)) {
    const tone = sine(Math.min(0.565 * to, 0.49 * from), from, 0.5);
    const loudest = Math.max(
      ...createResampler(from, to).process(tone).subarray(to / 100, -to / 100),
    );
    assert.ok(loudest <= 3, `${from} to ${to}: ${loudest}`);
  }
});

Deno.test("the level is kept up to 85 % of the lower Nyquist frequency", () => {
  for (const [from, to] of PAIRS) {
    const tone = sine(0.85 * Math.min(from, to) / 2, from, 0.5);
    const resampled = createResampler(from, to).process(tone).subarray(to / 100, -to / 100);
    const power = resampled.reduce((sum, sample) => sum + sample ** 2, 0) / resampled.length;
    const decibel = 10 * Math.log10(power / (20_000 ** 2 / 2));
    assert.ok(Math.abs(decibel) < 0.05, `${from} to ${to}: ${decibel.toFixed(3)} dB`);
  }
});

Deno.test("the output is the same however the input is cut", () => {
  const cuts = fc.array(fc.nat(700), { maxLength: 20, size: "max" });
  fc.assert(
    fc.property(
      rate,
      rate,
      fc.int16Array({ maxLength: 2000, size: "max" }),
      cuts,
      (from, to, samples, sizes) => {
        const whole = createResampler(from, to).process(samples);
        const resampler = createResampler(from, to);
        const parts: Int16Array[] = [];
        let offset = 0;
        for (const size of [...sizes, samples.length]) {
          parts.push(resampler.process(samples.subarray(offset, offset + size)));
          offset += size;
        }
        assert.deepEqual(concatenated(parts), whole.slice());
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("after n samples in, ceil(n × to / from) are out", () => {
  fc.assert(
    fc.property(
      rate,
      rate,
      fc.array(fc.nat(1000), { maxLength: 30, size: "max" }),
      (from, to, sizes) => {
        const resampler = createResampler(from, to);
        let [taken, given] = [0, 0];
        for (const size of sizes) {
          given += resampler.process(new Int16Array(size)).length;
          taken += size;
          assert.equal(given, Math.ceil(taken * to / from));
        }
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("the count stays exact for a minute of odd rates", () => {
  const resampler = createResampler(44_100, 8000);
  const second = new Int16Array(44_100);
  let given = 0;
  for (let i = 0; i < 60; i++) given += resampler.process(second).length;
  assert.equal(given, 60 * 8000);
});

Deno.test("the flush holds the end of the sound", () => {
  const resampler = createResampler(8000, 16_000);
  const click = Int16Array.from({ length: 160 }, (_, i) => i === 159 ? 10_000 : 0);
  const before = resampler.process(click);
  const after = resampler.flush();
  assert.ok(Math.max(...before) < 500);
  assert.ok(Math.max(...after) > 9900);
});

for (const [from, to] of PAIRS) {
  Deno.test(`${from} to ${to} Hz: after a flush nothing of the sound before it is heard`, () => {
    const resampler = createResampler(from, to);
    const loud = new Int16Array(from / 10 | 0).fill(32_000); // cut off in the middle of a sound

    resampler.process(loud);
    resampler.flush();
    const silence = resampler.process(new Int16Array(from / 10 | 0));

    assert.equal(silence.findIndex((sample) => sample !== 0), -1, `${loudest(silence)} dB`);
  });
}

Deno.test("what is resampled after a flush is the same as at the very beginning", () => {
  fc.assert(
    fc.property(rate, rate, fc.int16Array(), fc.int16Array(), (from, to, first, second) => {
      const resampler = createResampler(from, to);
      resampler.process(first);
      resampler.flush();

      const after = resampler.process(second).slice();

      assert.deepEqual(after, createResampler(from, to).process(second).slice());
    }),
    { numRuns: 30 },
  );
});

Deno.test("a sound that is cut off dies away within the flush, with no jump at its end", () => {
  const resampler = createResampler(24_000, 8000);
  resampler.process(new Int16Array(2400).fill(32_000));
  const rest = resampler.flush();
  assert.equal(rest.length, 48);
  assert.ok(Math.abs(rest.at(-1)!) < 2, `${rest.at(-1)}`);
});

Deno.test("a flush of nothing is nothing", () => {
  const resampler = createResampler(24_000, 8000);
  assert.equal(resampler.flush().length, 0);
  resampler.process(new Int16Array(10));
  resampler.flush();
  assert.equal(resampler.flush().length, 0);
});

/** The loudest sample, in dB of full scale. */
function loudest(samples: Int16Array): string {
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  return (20 * Math.log10(peak / 32_768)).toFixed(1);
}

Deno.test("loud input is clipped and does not wrap around", () => {
  const square = Int16Array.from({ length: 1600 }, (_, i) => i % 40 < 20 ? 32_767 : -32_768);
  const resampled = createResampler(8000, 16_000).process(square).subarray(100);
  resampled.forEach((sample, i) => {
    const previous = resampled[i - 1] ?? sample;
    assert.ok(Math.abs(sample - previous) < 50_000, `${previous} to ${sample}`);
  });
  assert.equal(Math.max(...resampled), 32_767);
});

Deno.test("equal rates pass samples through, and impossible rates are refused", () => {
  const samples = Int16Array.of(1, 2, 3);
  assert.equal(createResampler(8000, 8000).process(samples), samples);
  for (const wrong of [0, 999, 384_001, 8000.5, NaN]) {
    assert.throws(() => createResampler(wrong, 8000), RangeError);
    assert.throws(() => createResampler(8000, wrong), RangeError);
  }
});
