import assert from "node:assert/strict";
import { base64FromSamples } from "../../src/audio/pcm.ts";
import type { AudioFrame } from "../../src/core/frame.ts";
import { createSpeaker, type HeardSpeech } from "../../src/models/speaker.ts";
import type { Transport } from "../../src/transports/transport.ts";
import type { SayOptions, UtteranceEnd } from "../../src/transports/utterance.ts";

/** Says nothing, but keeps what it should say; each utterance ends when the test wants it. */
function listening() {
  const said: {
    readonly sound: AsyncIterator<AudioFrame>;
    readonly options: SayOptions;
    readonly end: (end: UtteranceEnd) => void;
  }[] = [];
  const transport: Pick<Transport, "say"> = {
    say(sound, options = {}) {
      const { promise: done, resolve: end } = Promise.withResolvers<UtteranceEnd>();
      assert.ok(Symbol.asyncIterator in sound);
      said.push({ sound: sound[Symbol.asyncIterator](), options, end });
      return { heardMs: 0, heardText: "heard so far", done };
    },
  };
  return { said, transport };
}

const samples = (...values: number[]) => base64FromSamples(Int16Array.from(values));

Deno.test("each id is an utterance, with its sound, its text and its words", async () => {
  const { said, transport } = listening();
  const speaker = createSpeaker(transport, { sampleRate: 24_000 });

  speaker.text("a", "Hello");
  speaker.sound("a", samples(1, 2));
  speaker.sound("b", samples(5));
  speaker.sound("a", samples(3));
  speaker.word("a", { text: "Hello", startMs: 0 });
  speaker.end("a");

  const [a, b, ...others] = said;
  assert.ok(a && b && others.length === 0);
  const sound = [...await Array.fromAsync({ [Symbol.asyncIterator]: () => a.sound })];
  assert.deepEqual(sound.map(({ samples }) => [...samples]), [[1, 2], [3]]);
  assert.equal(sound[0]?.sampleRate, 24_000);
  assert.deepEqual(await Array.fromAsync(a.options.text as AsyncIterable<string>), ["Hello"]);
  const words = await Array.fromAsync(a.options.words as AsyncIterable<unknown>);
  assert.deepEqual(words, [{ text: "Hello", startMs: 0 }]);
  assert.deepEqual([...(await b.sound.next()).value!.samples], [5]);
});

Deno.test("an interruption is told with what was heard, the end is not", async () => {
  const { said, transport } = listening();
  const told: [string, HeardSpeech][] = [];
  const interrupted = (id: string, heard: HeardSpeech) => void told.push([id, heard]);
  const speaker = createSpeaker(transport, { sampleRate: 8000, interrupted });

  speaker.sound("a", samples(1));
  speaker.sound("b", samples(1));
  said[0]?.end({ heardMs: 700, interrupted: false });
  said[1]?.end({ heardMs: 300, interrupted: true });
  await Promise.resolve();
  await Promise.resolve();

  assert.deepEqual(told, [["b", { heardMs: 300, heardText: "heard so far" }]]);
});

Deno.test("what comes late of speech that is over begins nothing", async () => {
  const { said, transport } = listening();
  const speaker = createSpeaker(transport, { sampleRate: 8000 });
  speaker.sound("a", samples(1));
  said[0]?.end({ heardMs: 0, interrupted: true });
  await Promise.resolve();
  await Promise.resolve();

  speaker.sound("a", samples(2));
  speaker.text("a", "late");
  speaker.end("a");
  speaker.sound("b", samples(2));

  assert.equal(said.length, 2);
});
