/**
 * Checks a script whose clips are files.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseWav } from "../audio/wav.ts";
import { RunnerError } from "../core/error.ts";
import type { AudioFrame } from "../core/frame.ts";
import { clipsOf, parseScript } from "./script.ts";
import { playScript, type ScriptCaller, type ScriptReport } from "./script_play.ts";

/** Reads the clips of a script: WAV files, by their names in a folder. */
export async function readClips(
  names: readonly string[],
  folder: URL,
): Promise<(name: string) => AudioFrame> {
  const sounds = names.map(async (name) => [name, await readClip(name, folder)] as const);
  const clips = new Map(await Promise.all(sounds));
  return (name) => clips.get(name)!; // all clips of a script were read before
}

async function readClip(name: string, folder: URL): Promise<AudioFrame> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(resolve(fileURLToPath(folder), name));
  } catch (cause) {
    throw new RunnerError("usage", `The clip ${name} cannot be read.`, { cause });
  }
  try {
    return parseWav(bytes);
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    throw new RunnerError("usage", `The clip ${name}: ${error.message}`, { cause: error });
  }
}

/**
 * Plays a script and throws if an expectation fails: for tests, such as those that the page saves.
 *
 * @param script The parsed script, `{ steps: […] }`: the same steps as `call --script FILE` takes.
 * @param folder Where the clips of its `say` are, such as `new URL(".", import.meta.url)`.
 * @throws {RunnerError} `call_failed` with a sentence per failed expectation, and if the bot has
 * failed; `usage` for anything but a script, and for an unreadable clip.
 *
 * @example
 * ```ts
 * import { createRunner } from "@pipecat/runner";
 * import { call, checkScript } from "@pipecat/runner/testing";
 *
 * const runner = createRunner((args) => console.log("called by way of", args.transport));
 * await using caller = await call(runner, { carrier: "twilio" });
 * const steps = [{ press: "1" }, { expect: { hung_up_by: "bot" } }];
 * await checkScript(caller, { steps }, new URL(".", import.meta.url));
 * ```
 */
export async function checkScript(
  caller: ScriptCaller,
  script: { readonly steps: readonly unknown[] },
  folder: URL,
): Promise<ScriptReport> {
  const steps = parseScript(script);
  const report = await playScript(caller, steps, { clip: await readClips(clipsOf(steps), folder) });
  const { failure } = await Promise.race([caller.ended, Promise.resolve({ failure: undefined })]);
  const failures = failure === undefined ? report.failures : [...report.failures, failure];
  if (failures.length === 0) return report;
  throw new RunnerError("call_failed", failures.join("\n"));
}
