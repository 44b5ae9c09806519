/**
 * How well turns are told apart, on recordings that are made here: `deno task bench:turns`.
 *
 * Speech comes from espeak-ng and flite (`apt-get install espeak-ng flite`), eight voices, at -26 dB. Where
 * Debian's recordings of people and of music for Asterisk are installed, they are judged, too
 * (`asterisk-core-sounds-{en,es,fr,it,ru}-wav`, `asterisk-moh-opsound-wav`). `--detector=built-in` judges
 * only one, `--quick` a sixth of the speech. Silero and ONNX Runtime are downloaded, 120 MB.
 *
 * @module
 */
import { parseArgs } from "node:util";
import type { TurnOptions } from "../../src/turns/options.ts";
import { builtInVad } from "../../src/turns/mod.ts";
import { rehearse } from "../turns/rehearsal.ts";
import { backgrounds, conversations, otherSounds, speech } from "./turns/scenes.ts";
import { loadSilero } from "./turns/silero.ts";
import { loadVoices } from "./turns/voices.ts";
import { createScore, type Scene } from "./turns/score.ts";

const { values: { detector, quick } } = parseArgs({
  options: { detector: { type: "string" }, quick: { type: "boolean", default: false } },
});

const voices = await loadVoices();
const some = voices.filter((_, i) => !quick || i % 6 === 0);
const silero = detector === "built-in" ? undefined : await loadSilero();
const detectors: Record<string, TurnOptions> = {
  "built-in": { vad: builtInVad },
  ...silero && { "Silero": { vad: silero } },
  ...silero && { "Silero as Pipecat asks it": { vad: silero, startMs: 200, confidence: 0.7 } },
};

for (const [name, options] of Object.entries(detectors)) {
  if (detector !== undefined && name !== detector) continue;
  const began = performance.now();
  let soundMs = 0;
  const score = createScore();
  for await (const scene of scenesOf()) {
    soundMs += scene.heard.length / 16;
    score.add(scene, await rehearse({ ...scene, options: { ...options, ...scene.options } }));
  }
  const cost = (performance.now() - began) / soundMs * 1000;
  console.log(
    `\n## ${name}\n\n${score.table()}\n\n${
      cost.toFixed(1)
    } ms of work for a second of sound, making it included.`,
  );
}

async function* scenesOf(): AsyncGenerator<Scene> {
  for (const background of backgrounds) yield* speech(some, background);
  yield* conversations(voices);
  yield* otherSounds();
}
