/**
 * WAV files.
 *
 * @module
 */

import type { AudioFrame } from "../core/frame.ts";
import { bytesFromSamples } from "./pcm.ts";
import { noSamples } from "./wav_format.ts";
import { createWavReader } from "./wav_reader.ts";

/** Samples with what is needed to play them. */
export interface Wav {
  /** Samples, interleaved if there are two channels. */
  readonly samples: Int16Array;
  /** Samples per second and channel, in Hz. */
  readonly sampleRate: number;
  /** Mono or stereo. */
  readonly channels: 1 | 2;
}

const FORMAT_PCM = 1;
const HEADER_BYTES = 44;
const MAX_LENGTH = 0xffff_ffff;

/**
 * Reads a WAV file into one frame, ready for `say`: PCM of 8 to 32 bits, floats or G.711, mono or
 * stereo. Chunks other than the format and the samples are skipped. A truncated file, or one
 * written to a pipe without its length, is read as far as it goes.
 *
 * @throws {RunnerError} `bad_wav` for anything else.
 */
export function parseWav(bytes: Uint8Array): AudioFrame {
  const reader = createWavReader();
  const frame = reader.read(bytes);
  if (!frame) throw noSamples();
  return frame;
}

/** Writes a WAV file of 16-bit PCM; it takes an {@link AudioFrame}, too. */
export function encodeWav({ samples, sampleRate, channels }: Wav): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + 2 * samples.length);
  bytes.set(wavHeader({ sampleRate, channels, samples: samples.length }));
  bytes.set(bytesFromSamples(samples), HEADER_BYTES);
  return bytes;
}

/**
 * The first 44 bytes of a WAV file.
 *
 * @param wav.samples How many samples follow, over all channels. Absent if unknown: the header then
 * names the largest length, as stream readers expect.
 */
export function wavHeader(
  { sampleRate, channels, samples }: Omit<Wav, "samples"> & { readonly samples?: number },
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  const encoder = new TextEncoder();
  const length = samples === undefined ? undefined : Math.min(2 * samples, MAX_LENGTH - 36);
  encoder.encodeInto("RIFF", bytes);
  view.setUint32(4, length === undefined ? MAX_LENGTH : 36 + length, true);
  encoder.encodeInto("WAVEfmt ", bytes.subarray(8));
  view.setUint32(16, 16, true);
  view.setUint16(20, FORMAT_PCM, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * channels * 2, true);
  view.setUint16(32, channels * 2, true);
  view.setUint16(34, 16, true);
  encoder.encodeInto("data", bytes.subarray(36));
  view.setUint32(40, length ?? MAX_LENGTH, true);
  return bytes;
}
