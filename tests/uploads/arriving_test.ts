import assert from "node:assert/strict";
import { createArriving } from "../../src/features/uploads/arriving.ts";

Deno.test("a client who takes all places makes room for others, its first file first", () => {
  const arriving = createArriving();
  const greedy = Array.from({ length: 16 }, () => arriving.begin("203.0.113.7"));
  assert.throws(() => arriving.begin("203.0.113.7"), { code: "full", status: 503 });

  const others = Array.from({ length: 8 }, () => arriving.begin("198.51.100.1"));

  assert.deepEqual(greedy.map(({ signal }) => signal.aborted), [
    ...Array(8).fill(true),
    ...Array(8).fill(false),
  ]);
  assert.equal(greedy[0]?.signal.reason.code, "full");
  assert.ok(others.every(({ signal }) => !signal.aborted));
  assert.throws(() => arriving.begin("198.51.100.1"), { code: "full" });
});

Deno.test("nobody makes room who has one place, and a place that was given back is free", () => {
  const arriving = createArriving();
  const all = Array.from({ length: 16 }, (_, i) => arriving.begin(`198.51.100.${i}`));

  assert.throws(() => arriving.begin("203.0.113.7"), { code: "full" });
  all[3]?.end();
  arriving.begin("203.0.113.7");

  assert.ok(all.every(({ signal }) => !signal.aborted));
});
