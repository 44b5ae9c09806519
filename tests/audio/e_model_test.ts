/**
 * The E-model, against the figures of the Recommendation.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { mosOf, ratingOf } from "../../src/audio/e_model.ts";

/** The loss that leaves this rating, if there is no delay. */
function lossFor(rating: number): number {
  const impairment = 93.2 - rating;
  return impairment * 25.1 / (95 - impairment) / 100;
}

Deno.test("R becomes the mean opinion scores of G.107 table B.1", () => {
  const table = [[90, 4.34], [80, 4.03], [70, 3.6], [60, 3.1], [50, 2.58]] as const;
  for (const [rating, mos] of table) {
    const conditions = { delayMs: 0, lossRatio: lossFor(rating) };
    assert.ok(Math.abs(ratingOf(conditions) - rating) < 1e-9);
    assert.ok(Math.abs(mosOf(conditions) - mos) < 0.01, `${rating}: ${mosOf(conditions)}`);
  }
});

Deno.test("a call without fault has the default rating, and delay counts twice from 177 ms on", () => {
  assert.equal(ratingOf({ delayMs: 0, lossRatio: 0 }), 93.2);
  assert.ok(Math.abs(mosOf({ delayMs: 0, lossRatio: 0 }) - 4.41) < 0.005);
  assert.ok(Math.abs(ratingOf({ delayMs: 100, lossRatio: 0 }) - 90.8) < 1e-9);
  assert.ok(Math.abs(ratingOf({ delayMs: 277.3, lossRatio: 0 }) - 75.5448) < 1e-9);
});

Deno.test("more delay and more loss are never better, and every score is a score", () => {
  const conditions = fc.record({
    delayMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
    lossRatio: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(fc.property(conditions, conditions, (one, other) => {
    const worse = {
      delayMs: Math.max(one.delayMs, other.delayMs),
      lossRatio: Math.max(one.lossRatio, other.lossRatio),
    };
    assert.ok(ratingOf(worse) <= ratingOf(one));
    for (const each of [one, worse]) assert.ok(mosOf(each) >= 1 && mosOf(each) <= 4.5);
  }));
});
