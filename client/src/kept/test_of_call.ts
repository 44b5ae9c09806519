import { parseWav } from "../../../src/audio/wav.ts";
import { type SavedTest, savedTest, testSource } from "../../../src/testing/saved_test.ts";
import type { CallRecord } from "../session/record.ts";

/** A file to save. */
export interface TestFile {
  readonly name: string;
  readonly blob: Blob;
}

/**
 * Makes a test of a call; undefined where nothing was recorded.
 *
 * @throws {Error} For a sound that cannot be read.
 */
export async function testOfCall(record: CallRecord): Promise<SavedTest | undefined> {
  const [file, sound, wav] = await Promise.all([record.file(), record.sound(), record.wav()]);
  if (!wav) return undefined;
  const { samples, sampleRate, channels } = parseWav(new Uint8Array(await wav.arrayBuffer()));
  const fromMs = file.audio?.fromMs ?? sound?.from ?? 0;
  const audio = { file: "", ...file.audio, sampleRate, fromMs };
  const user = channels === 1 ? samples : samples.filter((_, i) => i % 2 === 0); // it is left
  return savedTest({ ...file, audio }, { samples: user, sampleRate });
}

/** The files of a test: itself, and what its caller says. */
export function testFiles(test: SavedTest): readonly TestFile[] {
  const [first = "call"] = [...test.clips.keys()];
  const name = `call_${first.slice(0, 19).replaceAll("-", "_").toLowerCase()}_test.ts`;
  return [
    { name, blob: new Blob([testSource(test)], { type: "text/typescript" }) },
    ...[...test.clips].map(([name, bytes]) => ({
      name,
      blob: new Blob([bytes], { type: "audio/wav" }),
    })),
  ];
}
