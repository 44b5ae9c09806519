import assert from "node:assert/strict";
import fc from "fast-check";
import { heardText, type SpokenWord } from "../../src/transports/heard_text.ts";

const TEXT = "Well, hello there! How are you?";
const said = { text: TEXT, words: [], soundMs: 3100, complete: true };

Deno.test("without times as much of the text is heard as of the sound, in whole words", () => {
  const heard = [0, 400, 500, 1200, 3000, 3100].map((heardMs) => heardText({ ...said, heardMs }));

  assert.deepEqual(heard, ["", "", "Well,", "Well, hello", "Well, hello there! How are", TEXT]);
});

Deno.test("while more sound is to come, its length is guessed by the letters", () => {
  const speech = { ...said, complete: false, soundMs: 500 };

  assert.equal(heardText({ ...speech, heardMs: 500 }), "Well,");
  assert.equal(heardText({ ...speech, soundMs: 6200, heardMs: 500 }), "");
});

Deno.test("a single word is heard when all of it is", () => {
  const speech = { text: "Hello!", words: [], soundMs: 600, complete: true };

  assert.equal(heardText({ ...speech, heardMs: 599 }), "");
  assert.equal(heardText({ ...speech, heardMs: 600 }), "Hello!");
});

Deno.test("a script without spaces is cut between letters", () => {
  const speech = { text: "你好世界", words: [], soundMs: 1000, complete: true };

  assert.equal(heardText({ ...speech, heardMs: 600 }), "你好");
  assert.equal(heardText({ ...speech, text: "你好 Anna", heardMs: 900 }), "你好");
  assert.equal(heardText({ ...speech, text: "👍👍", heardMs: 300 }), "");
  assert.equal(heardText({ ...speech, text: "👍👍", heardMs: 800 }), "👍");
});

Deno.test("words with times are heard when they have ended, with what stands behind them", () => {
  const words: SpokenWord[] = [
    { text: "Well", startMs: 0, endMs: 300 },
    { text: "hello", startMs: 800 },
    { text: "there", startMs: 1400 },
  ];
  const heard = [200, 300, 1399, 1400].map((heardMs) => heardText({ ...said, words, heardMs }));

  assert.deepEqual(heard, ["", "Well,", "Well,", "Well, hello"]);
});

Deno.test("words that are all there is make the text, and those of another text too", () => {
  const words = ["one", "two", "three"].map((text, i) => ({ text, startMs: i * 100 }));
  const speech = { text: "", words, soundMs: 300, complete: true };

  assert.equal(heardText({ ...speech, heardMs: 250 }), "one two");
  assert.equal(heardText({ ...speech, heardMs: 300 }), "one two three");
  assert.equal(heardText({ ...speech, text: "1 2 3", heardMs: 250 }), "one two");
});

Deno.test("what is heard of any text is a beginning of it, and never shrinks", () => {
  const times = fc.tuple(fc.nat(5000), fc.nat(5000), fc.integer({ min: 1, max: 5000 }));
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), times, (text, [a, b, soundMs]) => {
      const speech = { text, words: [], soundMs, complete: true };
      const [less, more] = [Math.min(a, b), Math.max(a, b)]
        .map((heardMs) => heardText({ ...speech, heardMs }));
      assert.ok(text.startsWith(less!) && text.startsWith(more!));
      assert.ok(less!.length <= more!.length);
      assert.equal(heardText({ ...speech, heardMs: soundMs }), text);
    }),
  );
});
