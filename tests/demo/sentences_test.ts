import assert from "node:assert/strict";
import fc from "fast-check";
import { toPlainText, toSentences } from "../../src/demo/sentences.ts";

Deno.test("text is cut into sentences and lines", () => {
  assert.deepEqual(toSentences("Hello there!  It is  10:42 AM.\nSo it is\nWho are you?"), [
    "Hello there!",
    "It is 10:42 AM.",
    "So it is",
    "Who are you?",
  ]);
});

Deno.test("a long sentence is cut after a comma, or between words", () => {
  const commas =
    "When the long train from the south arrives at the station, everybody gets up and leaves.";
  const words = "word ".repeat(30).trim();

  assert.deepEqual(toSentences(commas), [
    "When the long train from the south arrives at the station,",
    "everybody gets up and leaves.",
  ]);
  assert.equal(toSentences(words).join(" "), words);
});

Deno.test("what cannot be spoken is left out", () => {
  assert.deepEqual(toSentences("... 你好! 😀 "), []);
});

Deno.test("no piece is longer than 80 letters, and no word is lost", () => {
  fc.assert(fc.property(fc.array(fc.stringMatching(/^[a-z,]{1,30}[.!]?$/)), (words) => {
    const pieces = toSentences(words.join(" "));
    assert.ok(pieces.every(({ length }) => length > 0 && length <= 80));
    const letters = (text: string) => text.replace(/[^a-z]/g, "");
    assert.equal(letters(pieces.join("")), letters(words.join("")));
  }));
});

Deno.test("plain text is ASCII without accents", () => {
  assert.equal(toPlainText("“Señor’s” café – 10:42\u202fAM"), `"Senor's" cafe ,  10:42 AM`);
});
