/**
 * What a caller says, cut for the line.
 *
 * @module
 */
import { convertAudio } from "../audio/convert.ts";
import type { AudioFrame } from "../core/frame.ts";

/** What a line takes. */
export interface LineFormat {
  /** Samples per second, in Hz; one channel. */
  readonly sampleRate: number;
  /** Samples in one message. */
  readonly chunkSamples: number;
}

/** Cuts audio into chunks at the line's own rate; the last one is filled up with silence. */
export function cutSpeech(
  audio: Int16Array | AudioFrame,
  { sampleRate, chunkSamples }: LineFormat,
): Int16Array[] {
  const samples = audio instanceof Int16Array ? audio : convertAudio(audio, { sampleRate }).samples;
  return Array.from({ length: Math.ceil(samples.length / chunkSamples) }, (_, i) => {
    const chunk = new Int16Array(chunkSamples);
    chunk.set(samples.subarray(i * chunkSamples, (i + 1) * chunkSamples));
    return chunk;
  });
}
