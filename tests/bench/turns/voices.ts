/**
 * Who speaks in the bench of turns.
 *
 * @module
 */
import { createResampler } from "../../../src/audio/resample.ts";
import { parseWav } from "../../../src/audio/wav.ts";
import { fromPcm, RATE, type Wave } from "../../turns/sounds.ts";

/** Something that is said. */
export interface Utterance {
  /** Who or what made it. */
  readonly voice: "espeak-ng" | "flite" | "people";
  /** Which of its voices. */
  readonly speaker: string;
  readonly wave: Wave;
}

const SENTENCES = [
  "Hello, can you hear me?",
  "I would like to book a table for two people tomorrow evening.",
  "Yes.",
  "No, stop, that is not what I meant.",
  "Six seven three nine, and then four.",
  "What is the weather in Paris? I am flying there on Friday, if the trains are still on strike.",
];
const ESPEAK_VOICES = ["en-us", "en-gb-scotland", "en-us+f3", "de+m4"];
const FLITE_VOICES = ["slt", "rms", "awb", "kal16"];
/** Where Debian keeps recordings of people, and of music. */
const RECORDINGS = "/usr/share/asterisk/sounds";
const MUSIC = "/usr/share/asterisk/moh";
/** One recording of so many is taken. */
const EVERY_RECORDING = 60;

/** All that is said. */
export async function loadVoices(): Promise<Utterance[]> {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/said.wav`;
  const made: Utterance[] = [];
  for (const sentence of SENTENCES) {
    for (const name of ESPEAK_VOICES) {
      await run("espeak-ng", "-v", name, "-w", file, sentence);
      made.push({ voice: "espeak-ng", speaker: name, wave: await load(file) });
    }
    for (const name of FLITE_VOICES) {
      await run("flite", "-voice", name, "-t", sentence, "-o", file);
      made.push({ voice: "flite", speaker: name, wave: await load(file) });
    }
  }
  await Deno.remove(folder, { recursive: true });
  const recorded = await loadAll(RECORDINGS, EVERY_RECORDING);
  const people = recorded
    // Beeps, single letters, and what is read out of long lists are left out.
    .filter((wave) => wave.length > RATE / 2 && wave.length < 8 * RATE)
    .map((wave): Utterance => ({ voice: "people", speaker: "", wave }));
  return [...made, ...people];
}

/** Music for people who wait, in pieces of 6 s; nothing where none is installed. */
export async function loadMusic(): Promise<Wave[]> {
  const pieces = await loadAll(MUSIC, 1);
  return pieces.flatMap((wave) =>
    [5, 17, 29, 41].map((s) => wave.slice(s * RATE, (s + 6) * RATE)).filter(({ length }) =>
      length > RATE
    )
  );
}

async function loadAll(folder: string, every: number): Promise<Wave[]> {
  const files: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory) {
        for await (const { name } of Deno.readDir(path)) files.push(`${path}/${name}`);
      } else files.push(path);
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  const chosen = files.filter((name) => name.endsWith(".wav") && !name.includes("beep")).sort()
    .filter((_, i) => i % every === 0);
  return await Promise.all(chosen.map(load));
}

async function load(path: string): Promise<Wave> {
  const { samples, sampleRate } = parseWav(await Deno.readFile(path));
  return fromPcm(createResampler(sampleRate, RATE).process(samples));
}

async function run(command: string, ...args: readonly string[]): Promise<void> {
  const { success } = await new Deno.Command(command, { args: [...args], stderr: "null" }).output();
  if (!success) throw new Error(`${command} ${args.join(" ")} failed.`);
}
