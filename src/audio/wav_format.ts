/**
 * What a WAV file says about its samples.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { decodeAlaw, decodeMulaw } from "./g711.ts";
import { saturate } from "./loudness.ts";

/** The samples of a WAV file. */
export interface WavFormat {
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  /** Bytes of one sample of one channel. */
  readonly bytes: number;
  /** Makes 16-bit samples from complete ones in bytes. */
  decode(bytes: Uint8Array): Int16Array<ArrayBuffer>;
}

/** `PCM`, reduced to 16 bits if wider; 8-bit samples are unsigned. */
const PCM = 1;
const FLOAT = 3;
const ALAW = 6;
const MULAW = 7;
/** The format is in the first two bytes of a GUID further on. */
const EXTENSIBLE = 0xfffe;

/** Formats by their number and bits. */
const DECODERS: Readonly<Record<string, (bytes: Uint8Array) => Int16Array<ArrayBuffer>>> = {
  [`${PCM}/8`]: (bytes) => Int16Array.from(bytes, (byte) => (byte - 128) << 8),
  [`${PCM}/16`]: each(2, (view, at) => view.getInt16(at, true)),
  [`${PCM}/24`]: each(3, (view, at) => view.getInt16(at + 1, true)),
  [`${PCM}/32`]: each(4, (view, at) => view.getInt16(at + 2, true)),
  [`${FLOAT}/32`]: each(4, (view, at) => saturate(view.getFloat32(at, true) * 32_768)),
  [`${FLOAT}/64`]: each(8, (view, at) => saturate(view.getFloat64(at, true) * 32_768)),
  [`${ALAW}/8`]: decodeAlaw,
  [`${MULAW}/8`]: decodeMulaw,
};

/**
 * Reads the format chunk of a WAV file.
 *
 * @throws {RunnerError} `bad_wav` for an unsupported format.
 */
export function parseWavFormat(chunk: Uint8Array): WavFormat {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (view.byteLength < 16) throw badWav("The WAV file's format chunk is cut short.");
  const stated = view.getUint16(0, true);
  const format = stated === EXTENSIBLE && view.byteLength >= 26 ? view.getUint16(24, true) : stated;
  const channels = view.getUint16(2, true);
  const sampleRate = view.getUint32(4, true);
  const bits = view.getUint16(14, true);
  const decode = DECODERS[`${format}/${bits}`];
  if (!decode) {
    throw badWav(
      `The WAV file has ${bits}-bit samples in format ${format}; only PCM and G.711 are supported.`,
    );
  }
  if (channels !== 1 && channels !== 2) {
    throw badWav(`The WAV file has ${channels} channels; only one or two are supported.`);
  }
  if (sampleRate === 0) throw badWav("The WAV file has a sample rate of 0.");
  return { sampleRate, channels, bytes: bits / 8, decode };
}

/** The error of a file that cannot be read as WAV. */
export function badWav(detail: string): RunnerError {
  return new RunnerError("bad_wav", detail);
}

/** The error of a file whose samples never begin. */
export function noSamples(): RunnerError {
  return badWav("This is not a WAV file, or it has no samples.");
}

function each(size: number, read: (view: DataView, at: number) => number) {
  return (bytes: Uint8Array): Int16Array<ArrayBuffer> => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const samples = new Int16Array(Math.floor(bytes.length / size));
    for (let i = 0; i < samples.length; i++) samples[i] = read(view, size * i);
    return samples;
  };
}
