import assert from "node:assert/strict";
import { answerKey } from "../../src/demo/menu.ts";

const now = new Date(2026, 0, 2, 15, 4);

Deno.test("a key without a meaning is named", () => {
  assert.deepEqual(answerKey("5", { stretch: 1, now }), { text: "You pressed 5." });
  assert.deepEqual(answerKey("#", { stretch: 1, now }), { text: "You pressed the pound key." });
});

Deno.test("1 tells the time", () => {
  assert.match(answerKey("1", { stretch: 1, now }).text, /It is 3:04\sPM where I run\./);
});

Deno.test("2 goes from usual to slow to fast and back to usual", () => {
  const slow = answerKey("2", { stretch: 1, now }).stretch!;
  const fast = answerKey("2", { stretch: slow, now }).stretch!;
  const usual = answerKey("2", { stretch: fast, now }).stretch!;

  assert.ok(slow > 1 && fast < 1);
  assert.equal(usual, 1);
});

Deno.test("9 hangs up", () => {
  assert.equal(answerKey("9", { stretch: 1, now }).hangUp, true);
});
