import assert from "node:assert/strict";
import fc from "fast-check";
import { createTape } from "../../client/src/audio/tape.ts";
import { rowAt, topOf } from "../../client/src/panels/rows.ts";
import { keptSentence } from "../../client/src/session/sentences.ts";

const ROW = 29;

Deno.test("the row at a place is the one that begins above it and ends below", () => {
  const higher = fc.uniqueArray(
    fc.record({ index: fc.nat(500), extra: fc.integer({ min: 0, max: 900 }) }),
    { selector: ({ index }) => index, maxLength: 6 },
  ).map((rows) => rows.sort((a, b) => a.index - b.index));

  fc.assert(fc.property(higher, fc.nat(20_000), (higher, y) => {
    const index = rowAt(y, ROW, higher);
    assert.ok(topOf(index, ROW, higher) <= y);
    assert.ok(y < topOf(index + 1, ROW, higher));
  }));
});

Deno.test("of a long recording the end is kept, and the page can tell", () => {
  const tape = createTape(3);
  const block = (sample: number) => Int16Array.of(sample);

  for (const sample of [1, 2, 3]) tape.push(block(sample));
  const before = tape.cut;
  for (const sample of [4, 5]) tape.push(block(sample));

  assert.equal(before, false);
  assert.equal(tape.cut, true);
  assert.deepEqual(tape.blocks.map(([sample]) => sample), [3, 4, 5]);
  assert.equal(keptSentence(), "The WAV has the last 15 minutes; the whole call is in Calls.");
});
