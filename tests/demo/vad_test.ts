import assert from "node:assert/strict";
import { loadSpeech } from "../../src/demo/speech.ts";
import { createVad, STOP_MS, type Utterance } from "../../src/demo/vad.ts";
import { hiss, indexOf, join } from "./caller.ts";

const RATE = 16_000;
const ms = (count: number) => new Int16Array(RATE * count / 1000);

/** What comes of a sound: where utterances begin and end, in ms. */
async function detect(sound: Int16Array, rate = RATE) {
  using vad = await createVad(rate);
  const found: { from: number; to: number; utterance: Utterance }[] = [];
  let from: number | undefined;
  for (let start = 0; start + vad.windowSize <= sound.length; start += vad.windowSize) {
    const end = (start + vad.windowSize) * 1000 / rate;
    const utterance = vad.push(sound.subarray(start, start + vad.windowSize));
    if (utterance) from ??= end;
    if (!utterance?.over || from === undefined) continue;
    found.push({ from, to: end, utterance });
    from = undefined;
  }
  return { found, open: from !== undefined };
}

async function sentence(): Promise<Int16Array> {
  const speech = await loadSpeech();
  return speech.synthesize("The long train comes from the south.").samples;
}

Deno.test("speech in a quiet room is one utterance, with what lies around it", async () => {
  const spoken = await sentence();
  const sound = join(hiss(RATE, -65), spoken, hiss(2 * RATE, -65));

  const { found, open } = await detect(sound);

  assert.equal(open, false);
  assert.equal(found.length, 1);
  const { from, to, utterance } = found[0]!;
  const spokenMs = spoken.length / RATE * 1000;
  assert.ok(from > 1000 && from < 1400, `began at ${from} ms`);
  assert.ok(to > 1000 + spokenMs && to < 1000 + spokenMs + STOP_MS + 100, `ended at ${to} ms`);
  assert.equal(utterance.noise, false);
  const kept = utterance.samples();
  const keptMs = kept.length / RATE * 1000;
  assert.ok(keptMs > spokenMs - 200 && keptMs < spokenMs + 460, `${keptMs} of ${spokenMs} ms`);
  assert.notEqual(indexOf(sound, kept), -1);
});

Deno.test("the pause between two sentences parts them, the one between two words does not", async () => {
  const spoken = await sentence();

  const apart = await detect(join(ms(500), spoken, ms(1000), spoken, ms(1000)));
  const together = await detect(join(ms(500), spoken, ms(100), spoken, ms(1000)));

  assert.equal(apart.found.length, 2);
  assert.equal(together.found.length, 1);
});

Deno.test("hiss is no speech, however loud", async () => {
  for (const level of [-60, -45, -30, -15]) {
    const { found, open } = await detect(hiss(5 * RATE, level));
    assert.deepEqual([found.length, open], [0, false], `${level} dB`);
  }
});

Deno.test("hiss that sets in after silence turns out to be noise", async () => {
  const { found, open } = await detect(join(ms(1000), hiss(6 * RATE, -20)));

  assert.equal(open, false);
  assert.deepEqual(found.map(({ utterance }) => utterance.noise), [true]);
});

Deno.test("speech stands out of hiss that is softer", async () => {
  const spoken = await sentence();
  const noise = hiss(spoken.length + 3 * RATE, -45);
  const sound = noise.map((sample, i) => sample + (spoken[i - RATE] ?? 0));

  const { found } = await detect(sound);

  assert.equal(found.length, 1);
  assert.equal(found[0]!.utterance.noise, false);
});

Deno.test("speech is found at the rate of a phone, too", async () => {
  const spoken = (await sentence()).filter((_, i) => i % 2 === 0);

  const { found } = await detect(join(ms(500), spoken, ms(500)), 8000);

  assert.equal(found.length, 1);
});

Deno.test("a click is no utterance", async () => {
  const click = hiss(RATE * 0.06, -10);

  const { found, open } = await detect(join(ms(1000), click, ms(1000)));

  assert.deepEqual([found.length, open], [0, false]);
});

Deno.test("a long speech is cut off after 20 s", async () => {
  const spoken = await sentence();
  const sound = join(...Array.from({ length: 12 }, () => spoken), ms(1000));

  const { found } = await detect(sound);

  assert.equal(found.length, 1);
  assert.ok(sound.length > 24 * RATE && found[0]!.utterance.samples().length <= 20 * RATE);
});

Deno.test("a rate that the detector does not take is refused", async () => {
  await assert.rejects(createVad(24_000), RangeError);
});
