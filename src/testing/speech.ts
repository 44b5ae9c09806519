/**
 * What a caller says, cut for the line.
 *
 * @module
 */
import { toMono } from "../audio/channels.ts";
import { createResampler } from "../audio/resample.ts";
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
  const samples = audio instanceof Int16Array ? audio : convert(audio, sampleRate);
  return Array.from({ length: Math.ceil(samples.length / chunkSamples) }, (_, i) => {
    const chunk = new Int16Array(chunkSamples);
    chunk.set(samples.subarray(i * chunkSamples, (i + 1) * chunkSamples));
    return chunk;
  });
}

function convert(frame: AudioFrame, sampleRate: number): Int16Array {
  const mono = toMono(frame.samples, frame.channels);
  if (frame.sampleRate === sampleRate) return mono;
  const resampler = createResampler(frame.sampleRate, sampleRate);
  const body = resampler.process(mono);
  const tail = resampler.flush();
  const samples = new Int16Array(body.length + tail.length);
  samples.set(body);
  samples.set(tail, body.length);
  return samples;
}
