import assert from "node:assert/strict";
import { createResampler } from "../../src/audio/resample.ts";
import { chirp, heardChirps } from "./chirp.ts";
import { concatenated } from "../audio/signals.ts";

for (const sampleRate of [8000, 16_000, 24_000, 48_000]) {
  Deno.test(`the pitch tells the millisecond, at ${sampleRate} Hz and after a phone's rate`, () => {
    const silence = new Int16Array(sampleRate / 5);
    const said = concatenated([
      silence,
      chirp(sampleRate, 0, 700),
      silence,
      chirp(sampleRate, 2500, 6120),
    ]);
    const resampler = createResampler(sampleRate, 8000);
    const phoned = concatenated([resampler.process(said), resampler.flush()]);

    for (const [samples, rate] of [[said, sampleRate], [phoned, 8000]] as const) {
      const [one, two, ...others] = heardChirps(samples, rate);
      assert.ok(one && two && others.length === 0);
      const expected = [0, 700, 700, 200, 2500, 6120, 3620, 1100];
      const told = [one, two].flatMap((it) => [it.fromMs, it.toMs, it.durationMs, it.atMs]);
      told.forEach((ms, i) => assert.ok(Math.abs(ms - expected[i]!) < 5, `${told}`));
    }
  });
}
