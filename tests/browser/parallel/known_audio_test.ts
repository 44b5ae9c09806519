import assert from "node:assert/strict";
import { parseWav } from "../../../src/audio/wav.ts";
import { melodyWav, recognise } from "../known_audio.ts";

Deno.test("a melody is told from all others, at any offset and in noise", () => {
  const { samples, sampleRate } = parseWav(melodyWav(7));
  const noisy = Array.from(
    { length: 2 * samples.length },
    (_, i) => (samples[(i + 31_111) % samples.length] ?? 0) + 2000 * Math.random(),
  );

  const same = recognise(noisy, sampleRate, 7);
  const others = Array.from(
    { length: 10 },
    (_, seed) => recognise(noisy, sampleRate, 100 + seed),
  );

  assert.ok(same > 0.85, `the same melody: ${same}`);
  assert.ok(
    Math.max(...others) < 0.45,
    `other melodies: ${Math.max(...others)}`,
  );
});
