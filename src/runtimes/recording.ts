/**
 * Recordings in a folder, on Deno, Node and Bun; or in whatever a sink keeps them.
 *
 * @example
 * ```ts ignore
 * import { serve } from "@pipecat/runner/deno";
 * import { recording } from "@pipecat/runner/recording";
 * import { bot } from "./bot.ts";
 *
 * await serve(bot, { use: [recording("./calls")] });
 * ```
 *
 * @module
 */
import { join } from "node:path";
import type { Feature } from "../features/feature.ts";
import { objectWith } from "../core/spelled_options.ts";
import { type RecordingOptions, recordingTo } from "../features/recording.ts";
import type { RecordingSink, RecordingStart, RecordingTarget } from "../recording/sink.ts";

export type { Feature } from "../features/feature.ts";
export type { RecordingOptions } from "../features/recording.ts";
export {
  CALL_FILE_VERSION,
  type CallFile,
  type CallFileAudio,
  type CallFileEvent,
  type CallFileMessage,
  type CallFileSession,
  type CallFileSide,
} from "../recording/call_file.ts";
export { callFileSchema } from "../recording/call_file_schema.ts";
export type {
  RecordingEnd,
  RecordingSink,
  RecordingStart,
  RecordingTarget,
} from "../recording/sink.ts";

/**
 * Records every session: a WAV of what was heard, the user left and the bot right, and a JSON of
 * what was said and done, which {@link callFileSchema} parses.
 *
 * @param to A folder, which is made if it is missing; or a sink for another store.
 * @throws {RunnerError} `bad_option`, naming what is wrong and what it takes.
 */
export function recording(to: string | RecordingSink, options: RecordingOptions = {}): Feature {
  const sink = typeof to === "string" && to !== "" ? recordingFolder(to) : asSink(to, "to");
  return recordingTo(sink, options);
}

const asSink = objectWith<RecordingSink>("the path of a folder, or a sink with open()", "open");

/** Keeps recordings in a folder. Files have another ending until they are whole. */
export function recordingFolder(folder: string): RecordingSink {
  return {
    async open({ name, header }: RecordingStart): Promise<RecordingTarget> {
      const { mkdir, open, rename, rm, writeFile } = await import("node:fs/promises");
      await mkdir(folder, { recursive: true });
      const [sound, call] = ["wav", "json"].map((ending) => join(folder, `${name}.${ending}`)) as [
        string,
        string,
      ];
      // Exclusively, and only for this user: a recording is what somebody said.
      const file = await open(`${sound}.part`, "wx", 0o600);
      try {
        await file.write(header);
      } catch (error) {
        await file.close();
        await rm(`${sound}.part`, { force: true });
        throw error;
      }
      return {
        async write(bytes) {
          for (let at = 0; at < bytes.length;) {
            at += (await file.write(bytes, at)).bytesWritten;
          }
        },
        async finish(header, { call: told, sampleRate }) {
          await file.write(header, 0, header.length, 0);
          await file.close();
          const audio = { file: `${name}.wav`, sampleRate };
          const text = JSON.stringify({ ...told, audio }, null, 1);
          await writeFile(`${call}.part`, text, { mode: 0o600 });
          await rename(`${sound}.part`, sound);
          await rename(`${call}.part`, call);
        },
        async abort() {
          await file.close().catch(() => {}); // it may be closed already
          await Promise.all([sound, call].map((path) => rm(`${path}.part`, { force: true })));
        },
      };
    },
  };
}
