import assert from "node:assert/strict";
import type { AudioFrame } from "../../src/core/frame.ts";
import { turns } from "../../src/turns/mod.ts";
import { concatenated } from "../audio/signals.ts";
import { rehearse } from "./rehearsal.ts";
import {
  atLevel,
  audible,
  breath,
  cough,
  echoOf,
  keyboard,
  mix,
  music,
  noise,
  RATE,
  sequence,
  silence,
  tone,
} from "./sounds.ts";
import { BEFORE_MS, framesOf, inRoom, only, said, SPEECH_DB, words } from "./said.ts";

// An S has no pitch, and might be a noise until a vowel follows.
for (
  const [text, withinMs] of [
    ["The long train comes from the south.", 200],
    ["Yes.", 200],
    ["Are you there?", 200],
    ["Stop, that is wrong.", 300],
  ] as const
) {
  Deno.test(`"${text}" is one turn, told within ${withinMs} ms, and over after 640 ms`, async () => {
    const { wave, fromMs, toMs } = await said(text);

    const { toldMs, overMs, end } = only(await rehearse({ heard: inRoom(wave) }));

    assert.ok(toldMs > fromMs && toldMs <= fromMs + withinMs, `told after ${toldMs - fromMs} ms`);
    assert.ok(overMs && overMs > toMs + 400 && overMs < toMs + 740, `over after ${overMs! - toMs}`);
    assert.equal(end?.reason, "silence");
  });
}

for (const colour of ["white", "pink", "brown"] as const) {
  for (const [below, withinMs] of [[20, 200], [10, 220], [5, 260]] as const) {
    Deno.test(`speech stands out of ${colour} noise that is ${below} dB softer`, async () => {
      const { wave, fromMs, toMs } = await said();
      const length = 2 * BEFORE_MS + wave.length / 16;
      const behind = atLevel(noise(colour, length), SPEECH_DB - below);

      const { toldMs, overMs } = only(await rehearse({ heard: inRoom(wave, behind) }));

      assert.ok(toldMs > fromMs && toldMs <= fromMs + withinMs, `told after ${toldMs - fromMs} ms`);
      assert.ok(
        overMs && overMs > toMs + 400 && overMs < toMs + 800,
        `over after ${overMs! - toMs}`,
      );
    });
  }
}

for (
  const [name, wave] of Object.entries({
    "hiss that sets in": atLevel(noise("white", 3000), -20),
    "rumble that sets in": atLevel(noise("brown", 3000), -20),
    "a cough": atLevel(cough(), -24),
    "another cough": atLevel(cough(2), -24),
    "breath": atLevel(breath(), -30),
    "a keyboard": atLevel(keyboard(3000), -24),
    "a dial tone": atLevel(tone(2000, 425), -25),
    "the tone of a key": atLevel(tone(300, 770, 1336), -20),
    "chords": atLevel(music(3000), -30),
  })
) {
  Deno.test(`${name} is no turn`, async () => {
    assert.deepEqual(await rehearse({ heard: inRoom(wave) }), []);
  });
}

Deno.test("a comma parts no turn, a pause of a second does", async () => {
  const wave = await words();

  const comma = await rehearse({ heard: inRoom(sequence(wave, silence(100), wave)) });
  const pause = await rehearse({ heard: inRoom(sequence(wave, silence(1000), wave)) });

  assert.deepEqual([comma.length, pause.length], [1, 2]);
});

Deno.test("the sound of a turn begins before the first word, and can be read again and again", async () => {
  const { wave, fromMs, toMs } = await said();
  const heard = inRoom(wave);
  const streamed: AudioFrame[] = [];
  let streaming: Promise<void> | undefined;

  const { turn, end, overMs } = only(
    await rehearse({
      heard,
      onTurn({ audio }) {
        streaming = (async () => {
          for await (const frame of audio) streamed.push(frame);
        })();
      },
    }),
  );
  await streaming;
  const again: AudioFrame[] = [];
  for await (const frame of turn.audio) again.push(frame);

  const sound = concatenated(streamed.map(({ samples }) => samples));
  assert.deepEqual(concatenated(again.map(({ samples }) => samples)), sound);
  assert.ok(Math.abs(turn.startMs - fromMs) <= 60, `began at ${turn.startMs}, not ${fromMs} ms`);
  const soundMs = sound.length / RATE * 1000;
  const wantedMs = overMs! - turn.startMs + 300;
  assert.ok(Math.abs(soundMs - wantedMs) <= 40, `${soundMs} and not ${wantedMs} ms`);
  const { clip, durationMs } = end!;
  assert.deepEqual(clip.samples, sound.subarray(0, clip.samples.length));
  assert.ok(Math.abs(durationMs - (toMs - fromMs)) < 160, `${durationMs} ms`);
  const clipMs = clip.samples.length / RATE * 1000;
  assert.ok(Math.abs(clipMs - (300 + durationMs + 160)) <= 40, `the clip has ${clipMs} ms`);
  assert.deepEqual([clip.sampleRate, clip.channels, clip.timestamp], [RATE, 1, undefined]);
});

Deno.test("the bot that is heard in the microphone takes no turn", async () => {
  const lines = await Promise.all([
    words("Hello, I am the bot and I talk a lot."),
    words("There are three trains to the south today."),
    words("The first one leaves at noon, and the last one at midnight."),
  ]);
  const bot = sequence(...lines.map((line) => sequence(line, silence(300))));
  for (const [delayMs, quieter] of [[40, 1], [180, 0.3], [420, 0.1]] as const) {
    const echo = echoOf(bot, delayMs).map((sample) => sample * quieter);
    const heard = mix(echo, atLevel(noise("pink", echo.length / 16), -70));

    assert.deepEqual(await rehearse({ heard, said: bot }), [], `after ${delayMs} ms`);
    assert.notDeepEqual(await rehearse({ heard, said: bot, options: { echo: false } }), []);
  }
});

Deno.test("who speaks over the bot is heard over its echo, and interrupts", async () => {
  const bot = sequence(
    await words("Hello, I am the bot and I talk a lot."),
    silence(200),
    await words("There are three trains to the south today."),
  );
  const user = await words("No, stop it.");
  const { fromMs } = audible(user);
  const echo = echoOf(bot, 120).map((sample) => sample / 10);
  const heard = mix(sequence(silence(3000), user, silence(1000)), echo);

  const { turn, toldMs } = only(await rehearse({ heard, said: bot }));

  assert.equal(turn.interrupted, true);
  assert.ok(toldMs <= 3000 + fromMs + 200, `told after ${toldMs - 3000 - fromMs} ms`);
});

Deno.test("who puts on headphones is heard, as softly as the echo was", async () => {
  const line = await words("There are three trains to the south today.");
  const bot = sequence(line, silence(300), line, silence(300), line, silence(300), line);
  const echo = echoOf(bot, 100).slice(0, 6 * RATE);
  const user = await words("Is there one at night?");
  const heard = sequence(echo, silence(1000), user, silence(1000));
  const room = atLevel(noise("pink", heard.length / 16), -70);

  const { toldMs } = only(await rehearse({ heard: mix(heard, room), said: bot }));

  const { fromMs } = audible(user);
  assert.ok(toldMs <= 7000 + fromMs + 600, `told after ${toldMs - 7000 - fromMs} ms`);
});

Deno.test("who speaks while the bot is silent interrupts nothing", async () => {
  const { wave } = await said();

  const { turn } = only(await rehearse({ heard: inRoom(wave), said: silence(5000) }));
  const asked = only(await rehearse({ heard: inRoom(wave), options: { botSpeaking: () => true } }));

  assert.deepEqual([turn.interrupted, asked.turn.interrupted], [false, true]);
});

Deno.test("the next turn aborts what answers the one before, and the end of the call the last", async () => {
  const wave = await words();
  const aborted: number[] = [];
  const signals: AbortSignal[] = [];

  await rehearse({
    heard: inRoom(sequence(wave, silence(1500), wave)),
    onTurn({ signal }) {
      aborted.push(signals.filter(({ aborted }) => aborted).length);
      signals.push(signal);
    },
  });

  assert.deepEqual(aborted, [0, 1]);
  assert.deepEqual(signals.map((signal) => signal.aborted), [true, true]);
});

Deno.test("a turn ends with the call", async () => {
  const wave = await words();
  const heard = sequence(silence(1000), wave).slice(0, RATE * 2);

  const { end, overMs } = only(await rehearse({ heard }));

  assert.deepEqual([end?.reason, overMs], ["stopped", undefined]);
});

Deno.test("a turn that gets too long is cut, and goes on as the next one", async () => {
  const wave = await words();
  const heard = inRoom(sequence(wave, wave, wave));

  const found = await rehearse({ heard, options: { longestMs: 2000 } });

  assert.ok(found.length >= 3);
  assert.equal(found[0]?.end?.reason, "longest");
  assert.ok(Math.abs(found[0]!.end!.durationMs - 2000) < 200);
  assert.ok(found[1]!.toldMs - found[0]!.overMs! < 800);
});

Deno.test("a turn that is dismissed is over", async () => {
  const wave = await words();

  const [first] = await rehearse({ heard: inRoom(wave), onTurn: (turn) => turn.dismiss() });

  assert.deepEqual([first?.end?.reason, first?.overMs], ["dismissed", first?.toldMs]);
});

Deno.test("a turn is over when the judge says so, soon after a sentence and late in one", async () => {
  const wave = await words();
  const { toMs } = await said();
  const asked: number[] = [];
  const options = (answers: readonly boolean[]) => ({
    stopMs: 200,
    patienceMs: 2000,
    finished(frame: AudioFrame) {
      asked.push(frame.samples.length / RATE * 1000);
      return Promise.resolve(answers[asked.length - 1] ?? true);
    },
  });
  const heard = sequence(inRoom(wave), silence(1500));

  const yes = only(await rehearse({ heard, options: options([true]) }));
  const no = only(await rehearse({ heard, options: options([true, false, false, false]) }));

  assert.ok(yes.overMs! - toMs > 100 && yes.overMs! - toMs < 340, `${yes.overMs! - toMs} ms`);
  assert.ok(no.overMs! - toMs > 1860 && no.overMs! - toMs < 2140, `${no.overMs! - toMs} ms`);
  assert.ok(asked[0]! > 1500, "it is given what was said so far");
});

Deno.test("a judge that fails has the turn end", async () => {
  const { wave, toMs } = await said();
  const finished = () => Promise.reject(new Error("no model"));

  const { overMs } = only(await rehearse({ heard: inRoom(wave), options: { finished } }));

  assert.ok(overMs! - toMs < 740);
});

Deno.test("a turn ends where no more sound comes", async () => {
  const frames = async function* () {
    const sound = sequence(silence(500), await words()).slice(0, RATE * 1.5);
    yield* framesOf(sound);
    await new Promise(() => {});
  };
  const controller = new AbortController();
  for await (const turn of turns(frames(), { stopMs: 60, signal: controller.signal })) {
    assert.equal((await turn.ended).reason, "silence");
    controller.abort();
  }
});
