import assert from "node:assert/strict";
import { type Arrival, createPlacement } from "../../src/recording/placement.ts";

/** Pieces of 20 ms that leave a sender in step and take so long; returns how far each is from its time. */
function offBy(
  delays: readonly number[],
  { skew = 1, timestamps = true } = {},
): number[] {
  const place = createPlacement();
  return delays.map((delay, i) => {
    const spoken = i * 20 * skew;
    const told: Pick<Arrival, "timestamp"> = timestamps ? { timestamp: i * 20 } : {};
    return place({ at: spoken + delay, durationMs: 20, ...told }) - spoken;
  });
}

const seconds = (count: number, delay: (i: number) => number) =>
  Array.from({ length: count * 50 }, (_, i) => delay(i));

Deno.test("pieces that arrive unevenly are placed one behind the other", () => {
  const off = offBy(seconds(10, (i) => i % 7 === 0 ? 80 : i % 3));

  assert.ok(off.slice(1).every((ms) => Math.abs(ms) <= 2), `${Math.max(...off.slice(1))}`);
});

Deno.test("a first piece that was held up does not delay those that follow", () => {
  const off = offBy(seconds(3, (i) => i === 0 ? 90 : 1));

  assert.deepEqual(off.slice(1).filter((ms) => Math.abs(ms - 1) > 2), []);
});

Deno.test("a delay that stands is followed within two seconds, one that passes is not", () => {
  const stands = offBy(seconds(10, (i) => i < 50 ? 0 : 38));
  const passes = offBy(seconds(10, (i) => i >= 50 && i < 140 ? 38 : 0));

  assert.deepEqual(stands.slice(50 + 202).filter((ms) => Math.abs(ms - 38) > 2), []);
  assert.deepEqual(passes.filter((ms) => Math.abs(ms) > 2), []);
});

for (const ppm of [-200, 200]) {
  Deno.test(`a sender whose clock is ${ppm} ppm off is followed for an hour`, () => {
    const off = offBy(seconds(3600, (i) => i % 5), { skew: 1 + ppm / 1e6 });

    const worst = off.reduce((most, ms) => Math.max(most, Math.abs(ms)), 0);
    assert.ok(worst <= 5, `${worst} ms`);
  });
}

Deno.test("without timestamps, pieces follow one another until there is a pause", () => {
  const off = offBy(seconds(2, (i) => i % 10 === 3 ? 120 : 0), { timestamps: false });
  const place = createPlacement();

  assert.deepEqual(off.filter((ms) => ms !== 0), []);
  assert.equal(place({ at: 100, durationMs: 20 }), 100);
  assert.equal(place({ at: 130, durationMs: 20 }), 120);
  assert.equal(place({ at: 600, durationMs: 20 }), 600);
});
