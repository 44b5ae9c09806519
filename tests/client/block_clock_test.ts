import assert from "node:assert/strict";
import fc from "fast-check";
import { createBlockClock } from "../../client/src/audio/block_clock.ts";

const BLOCK_MS = 50;

/** Puts blocks, numbered from 0, in a row as they come at these times. */
function rowOf(times: readonly number[]): (number | undefined)[] {
  const clock = createBlockClock<number>(BLOCK_MS);
  return times.flatMap((at, number) => clock.push(number, at));
}

const steady = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => from + i * BLOCK_MS);

Deno.test("blocks that come in time stay as they are, and so do those that come in clumps", () => {
  const clumps = steady(40).map((at) => Math.ceil(at / 200) * 200);

  assert.deepEqual(rowOf(steady(40)), [...Array(40).keys()]);
  assert.deepEqual(rowOf(clumps), [...Array(40).keys()]);
});

Deno.test("what was not heard while the audio stood still is silence, in its place", () => {
  const row = rowOf([...steady(10), ...steady(10, 10 * BLOCK_MS + 5000)]);

  assert.deepEqual(row.slice(0, 10), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(row.slice(10, 110), Array(100).fill(undefined));
  assert.deepEqual(row.slice(110), [10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
});

Deno.test("blocks that come late and all at once have lost nothing", () => {
  const jammed = [
    ...steady(10),
    ...Array(100).fill(110 * BLOCK_MS),
    ...steady(10, 111 * BLOCK_MS),
  ];

  const row = rowOf(jammed).filter((block) => block !== undefined);

  assert.ok(rowOf(jammed).length <= 121, "no more than the clock says");
  assert.ok(row.length >= 118, `${120 - row.length} blocks are gone`);
});

Deno.test("after a thousand short stalls the row is still in step with the clock", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(400), { minLength: 200, maxLength: 1000 }),
      (stalls) => {
        let now = 0;
        const times = stalls.flatMap((stall) => {
          now += stall;
          return steady(10).map(() => now += BLOCK_MS);
        });

        const row = rowOf([...times, ...steady(8, now + BLOCK_MS)]);

        const end = now + 8 * BLOCK_MS - times[0]! + BLOCK_MS;
        assert.ok(
          Math.abs(row.length * BLOCK_MS - end) < 400,
          `${row.length * BLOCK_MS} of ${end}`,
        );
      },
    ),
  );
});

Deno.test("a clock that is faster than the audio's, or slower, costs a block at a time", () => {
  const faster = steady(40_000).map((at) => at * 1.001);
  const slower = steady(40_000).map((at) => at * 0.999);

  assert.ok(
    Math.abs(rowOf(faster).length - 40_040) <= 4,
    `${rowOf(faster).length}`,
  );
  assert.ok(
    Math.abs(rowOf(slower).length - 39_960) <= 4,
    `${rowOf(slower).length}`,
  );
});
