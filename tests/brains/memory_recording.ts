/**
 * A recording in memory, for tests.
 *
 * @module
 */
import { parseWav } from "../../src/audio/wav.ts";
import type { Feature } from "../../src/features/feature.ts";
import { recordingTo } from "../../src/features/recording.ts";
import type { CallFile } from "../../src/recording/call_file.ts";

/** A call as it was recorded. */
export interface Recorded {
  readonly call: CallFile;
  /** What the bot said of which the user heard all; mono. */
  readonly bot: Int16Array;
  /** Samples per second, in Hz. */
  readonly sampleRate: number;
}

/** Records the first session of a runner that uses the feature. */
export function memoryRecording(): {
  readonly feature: Feature;
  readonly recorded: Promise<Recorded>;
} {
  const { promise: recorded, resolve, reject } = Promise.withResolvers<Recorded>();
  recorded.catch(() => {}); // whoever waits for it is told
  const feature = recordingTo({
    open({ header }) {
      const parts: Uint8Array<ArrayBuffer>[] = [header];
      return Promise.resolve({
        write: (bytes) => Promise.resolve(void parts.push(bytes.slice())),
        async finish(header, { call, sampleRate }) {
          parts[0] = header;
          const { samples } = parseWav(await new Blob(parts).bytes());
          resolve({ call, sampleRate, bot: samples.filter((_, i) => i % 2 === 1) });
        },
        abort: () => Promise.resolve(reject(new Error("The recording has failed."))),
      });
    },
  });
  return { feature, recorded };
}
