/**
 * Units in order, and the packets that are missing.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { AccessUnit } from "../../src/video/access_units.ts";
import { createMissingPackets } from "../../src/video/missing_packets.ts";
import { createUnitOrder } from "../../src/video/unit_order.ts";

/** Unit number `n` has two packets. */
const unit = (n: number, key = n === 0): AccessUnit => ({
  data: Uint8Array.of(n),
  key,
  timestamp: n * 3000,
  first: (65_530 + 2 * n) & 0xffff,
  last: (65_531 + 2 * n) & 0xffff,
  began: 0,
});

function order() {
  const handed: number[] = [];
  return { handed, ...createUnitOrder(({ data }) => handed.push(data[0]!)) };
}

Deno.test("units that overtake each other are handed on in order", () => {
  const all = Array.from({ length: 12 }, (_, n) => n);
  const later = fc.shuffledSubarray(all.slice(1), { minLength: 11 });
  fc.assert(fc.property(later, (numbers) => {
    const { handed, push, tick } = order();
    for (const n of [0, ...numbers]) push(unit(n), 0);
    assert.equal(tick(0), false);
    assert.deepEqual(handed, all);
  }));
});

Deno.test("nothing is handed on before the first key unit", () => {
  const { handed, push, tick } = order();

  push(unit(1), 0);
  const needs = tick(0);
  push(unit(2, true), 0);
  push(unit(3), 0);

  assert.equal(needs, true);
  assert.deepEqual(handed, [2, 3]);
  assert.equal(tick(0), false);
});

Deno.test("after a loss it goes on with the next key unit, and asks for one", () => {
  const { handed, push, tick } = order();
  push(unit(0), 0);

  push(unit(2), 10);
  assert.equal(tick(200), false);
  assert.equal(tick(300), true);
  push(unit(3), 310);
  push(unit(4, true), 320);
  push(unit(5), 330);

  assert.deepEqual(handed, [0, 4, 5]);
});

Deno.test("what waits behind a loss is bounded in bytes", () => {
  const { handed, push, tick } = order();
  push(unit(0), 0);

  push({ ...unit(2), data: new Uint8Array(1 << 20).fill(2) }, 10);
  assert.equal(tick(20), false);
  push({ ...unit(3), data: new Uint8Array(1 << 20).fill(3) }, 30);

  assert.equal(tick(40), true, "it goes on with a key unit");
  assert.deepEqual(handed, [0]);
});

Deno.test("a key unit that waits behind a loss is gone on with", () => {
  const { handed, push, tick } = order();
  push(unit(0), 0);

  for (const n of [2, 4]) push(unit(n, n === 4), 10);
  push(unit(5), 10);

  assert.equal(tick(300), false);
  assert.deepEqual(handed, [0, 4, 5]);
});

Deno.test("a missing packet is asked for a few times, and no more", () => {
  const missing = createMissingPackets();
  for (const sequence of [65_534, 65_535, 2, 3]) missing.note(sequence, 0);

  assert.deepEqual(missing.due(10), [], "it may only be late");
  assert.deepEqual(missing.due(20), [0, 1]);
  missing.note(1, 30);
  assert.deepEqual([50, 130, 240, 350, 460].map((now) => missing.due(now)), [[], [0], [0], [], []]);
});

Deno.test("of a long gap nothing is asked for, and a list is never long", () => {
  const missing = createMissingPackets();
  missing.note(1, 0);
  missing.note(1000, 0);
  assert.deepEqual(missing.due(1000), []);

  for (let sequence = 1100; sequence < 3000; sequence += 100) missing.note(sequence, 1000);

  assert.equal(missing.due(2000).length, 128);
});
