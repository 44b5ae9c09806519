import assert from "node:assert/strict";
import { createArrivalDelay } from "../../src/audio/arrival_delay.ts";

Deno.test("a regular stream has no spread, whatever its clock, also over its turn", () => {
  for (const rate of [8000, 48_000]) {
    const delay = createArrivalDelay(rate);
    for (let i = 0; i < 500; i++) delay.note((2 ** 32 - 1000 + i * rate / 50) >>> 0, 7 + i * 20);

    assert.ok(Math.abs(delay.spreadMs()) < 0.001);
  }
});

Deno.test("the spread is that of the slowest packet, and is forgotten", () => {
  const delay = createArrivalDelay(48_000);
  const play = (from: number, to: number, late: (i: number) => number) => {
    for (let i = from; i < to; i++) delay.note(i * 960, i * 20 + late(i));
  };
  play(0, 100, (i) => i % 7 === 0 ? 80 : 0);
  const jittery = delay.spreadMs();
  play(100, 400, () => 0);

  assert.equal(Math.round(jittery), 80);
  assert.equal(Math.round(delay.spreadMs()), 0);
});

Deno.test("a clock that drifts is no jitter", () => {
  const delay = createArrivalDelay(48_000);
  for (let i = 0; i < 50 * 600; i++) delay.note(i * 960, i * 20 * 1.0005);

  assert.ok(delay.spreadMs() < 5);
});
