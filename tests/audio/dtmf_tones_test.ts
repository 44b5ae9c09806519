import assert from "node:assert/strict";
import { dtmfTones } from "../../src/audio/dtmf_tones.ts";
import { KEYS } from "../../src/core/keys.ts";

/** The share of the power that is at a frequency (Goertzel, over 50 ms). */
function share(samples: Int16Array, hertz: number, sampleRate: number): number {
  let [real, imaginary, power] = [0, 0, 0];
  samples.forEach((sample, i) => {
    const angle = 2 * Math.PI * hertz * i / sampleRate;
    real += sample * Math.cos(angle);
    imaginary += sample * Math.sin(angle);
    power += sample * sample;
  });
  return 2 * (real * real + imaginary * imaginary) / (power * samples.length);
}

/** Row and column of each key (ITU-T Q.23). */
const FREQUENCIES: Readonly<Record<string, readonly [number, number]>> = {
  "1": [697, 1209],
  "2": [697, 1336],
  "3": [697, 1477],
  "A": [697, 1633],
  "4": [770, 1209],
  "5": [770, 1336],
  "6": [770, 1477],
  "B": [770, 1633],
  "7": [852, 1209],
  "8": [852, 1336],
  "9": [852, 1477],
  "C": [852, 1633],
  "*": [941, 1209],
  "0": [941, 1336],
  "#": [941, 1477],
  "D": [941, 1633],
};

for (const sampleRate of [8_000, 16_000, 24_000]) {
  Deno.test(`each key is its two tones, 100 ms and a pause, at ${sampleRate} Hz`, () => {
    for (const key of KEYS) {
      const samples = dtmfTones(key, sampleRate);
      assert.equal(samples.length, sampleRate / 5);
      const [row, column] = FREQUENCIES[key] ?? [0, 0];
      const tone = samples.subarray(0, sampleRate / 20);
      const both = share(tone, row, sampleRate) + share(tone, column, sampleRate);
      assert.ok(both > 0.95, `${key}: ${both}`);
      assert.ok(samples.subarray(sampleRate / 10).every((sample) => sample === 0));
      assert.ok(Math.max(...samples) < 20_000, "no line distorts it");
    }
    assert.equal(dtmfTones("1x2", sampleRate).length, dtmfTones("12", sampleRate).length);
  });
}
