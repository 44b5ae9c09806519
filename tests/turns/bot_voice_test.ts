import assert from "node:assert/strict";
import fc from "fast-check";
import { type BotVoice, createBotVoice } from "../../src/turns/bot_voice.ts";
import { createRecent } from "../../src/turns/recent.ts";

/** The bot says something, at 8 kHz, that begins at a time in ms. */
function say(voice: BotVoice, at: number, value = 200, lengthMs = 1000): void {
  for (let ms = 0; ms < lengthMs; ms += 20) {
    const samples = new Int16Array(160).fill(value);
    voice.observer.spoken({ samples, sampleRate: 8000, at: at + ms });
  }
}

Deno.test("the bot speaks until its last sound was heard", () => {
  const voice = createBotVoice();
  assert.equal(voice.speaking(0), false);

  say(voice, 5000);

  assert.deepEqual([voice.speaking(5999), voice.speaking(6000)], [true, false]);
});

Deno.test("a bot that writes silence for more than a second does not speak", () => {
  const voice = createBotVoice();
  say(voice, 5000, 5000);
  say(voice, 6000, 0, 2000);

  assert.deepEqual([voice.speaking(6900), voice.speaking(7100)], [true, false]);
});

Deno.test("what is behind the voice is heard, too, but nobody speaks", () => {
  const voice = createBotVoice();
  const samples = new Int16Array(800).fill(1000);
  voice.observer.background?.({ samples, sampleRate: 8000, at: 5000 });
  voice.observer.spoken({ samples: new Int16Array(400).fill(2000), sampleRate: 8000, at: 5000 });

  assert.deepEqual([...new Set(voice.sound(5100, 800))], [3000, 1000]);
  assert.deepEqual([voice.speaking(5020), voice.speaking(5060)], [true, false]);
});

Deno.test("what was silenced was never heard", () => {
  const voice = createBotVoice();
  say(voice, 5000);

  voice.observer.silenced(5250);

  assert.equal(voice.speaking(5251), false);
  assert.equal(voice.sound(6500, 8000), undefined);
  assert.equal(voice.sound(5500, 4000)?.lastIndexOf(200), 1999);
});

Deno.test("a pause is silence, and times that are not exact make none", () => {
  const voice = createBotVoice();
  say(voice, 5000);
  say(voice, 6015, 200);
  say(voice, 8000, 300, 80);

  const sound = voice.sound(8080, 14_000)!;

  assert.deepEqual([...new Set(sound)], [200, 0, 300]);
  assert.equal(sound.filter((sample) => sample === 300).length, 640);
  assert.equal(sound.filter((sample) => sample === 200).length, 14_000 - 640 - 8000);
});

Deno.test("nobody is remembered once it is closed", () => {
  const voice = createBotVoice();
  say(voice, 5000);

  voice.close();
  say(voice, 6000);

  assert.deepEqual([voice.speaking(6500), voice.sound(6500, 800)], [false, undefined]);
});

Deno.test("the last moments are what was heard last, however it was cut", () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 30 });
  fc.assert(fc.property(lengths, fc.integer({ min: 0, max: 900 }), (lengths, sinceMs) => {
    const recent = createRecent(8000, 100);
    let all: number[] = [];
    for (const length of lengths) {
      const samples = Int16Array.from({ length }, (_, i) => all.length + i);
      recent.add(samples);
      all = [...all, ...samples];
    }
    const { samples, fromMs } = recent.since(sinceMs);
    const wanted = Math.max(0, all.length - sinceMs * 8);
    assert.ok(samples.length <= wanted && samples.length >= Math.min(wanted, 800, all.length));
    assert.deepEqual([...samples], all.slice(all.length - samples.length));
    assert.ok(Math.abs(fromMs - (all.length - samples.length) / 8) < 1e-6);
  }));
});
