/**
 * WAV files of 16-bit PCM.
 *
 * @module
 */

import { RunnerError } from "../core/error.ts";

/** Samples with what is needed to play them. */
export interface Wav {
  /** Samples, interleaved when there are two channels. */
  readonly samples: Int16Array;
  /** Samples per second and channel, in Hz. */
  readonly sampleRate: number;
  /** Mono or stereo. */
  readonly channels: 1 | 2;
}

const FORMAT_PCM = 1;
/** The format is in the first two bytes of a GUID further on. */
const FORMAT_EXTENSIBLE = 0xfffe;
const HEADER_BYTES = 44;
const MAX_LENGTH = 0xffff_ffff;

/**
 * Reads a WAV file; chunks other than the format and the samples are skipped, and a file that was
 * cut short, or written to a pipe without its length, is read as far as it goes.
 *
 * @throws {RunnerError} with code `bad_wav` when it is no WAV file of 16-bit PCM, mono or stereo.
 */
export function parseWav(bytes: Uint8Array): Wav {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (tag(bytes, 0) !== "RIFF" || tag(bytes, 8) !== "WAVE") throw badWav("This is not a WAV file.");
  let format: { sampleRate: number; channels: 1 | 2 } | undefined;
  for (let offset = 12; offset + 8 <= bytes.length;) {
    const name = tag(bytes, offset);
    const start = offset + 8;
    const length = view.getUint32(offset + 4, true);
    if (name === "fmt ") {
      format = parseFormat(bytes.subarray(start, start + length));
    }
    if (name === "data") {
      if (format === undefined) throw badWav("The WAV file has its samples before its format.");
      const end = length === 0 ? bytes.length : Math.min(bytes.length, start + length);
      const frameBytes = 2 * format.channels;
      const samples = new Int16Array(Math.floor((end - start) / frameBytes) * format.channels);
      for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(start + 2 * i, true);
      return { samples, ...format };
    }
    offset = start + length + length % 2;
  }
  throw badWav("The WAV file has no samples.");
}

/** Writes a WAV file. */
export function encodeWav({ samples, sampleRate, channels }: Wav): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + 2 * samples.length);
  bytes.set(wavHeader({ sampleRate, channels, samples: samples.length }));
  const view = new DataView(bytes.buffer, HEADER_BYTES);
  for (let i = 0; i < samples.length; i++) view.setInt16(2 * i, samples[i]!, true);
  return bytes;
}

/**
 * The first 44 bytes of a WAV file.
 *
 * @param wav.samples How many follow, of all channels. Absent while that is not known: the header
 * then names the largest length, as readers of streams expect.
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

function parseFormat(chunk: Uint8Array): { sampleRate: number; channels: 1 | 2 } {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (view.byteLength < 16) throw badWav("The format of the WAV file is cut short.");
  const stated = view.getUint16(0, true);
  const format = stated === FORMAT_EXTENSIBLE && view.byteLength >= 26
    ? view.getUint16(24, true)
    : stated;
  const channels = view.getUint16(2, true);
  const sampleRate = view.getUint32(4, true);
  const bits = view.getUint16(14, true);
  if (format !== FORMAT_PCM || bits !== 16) {
    throw badWav(`The WAV file has ${bits} bits of format ${format}; 16-bit PCM is needed.`);
  }
  if (channels !== 1 && channels !== 2) {
    throw badWav(`The WAV file has ${channels} channels; one or two are needed.`);
  }
  if (sampleRate === 0) throw badWav("The WAV file has a sample rate of 0.");
  return { sampleRate, channels };
}

function tag(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}

function badWav(detail: string): RunnerError {
  return new RunnerError("bad_wav", detail);
}
