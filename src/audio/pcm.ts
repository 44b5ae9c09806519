/**
 * Samples as bytes and as base64, the formats of speech services.
 *
 * @module
 */
import { decodeBase64, encodeBase64 } from "../core/base64.ts";
import { decodeAlaw, decodeMulaw, encodeAlaw, encodeMulaw } from "./g711.ts";
import { saturate } from "./loudness.ts";

/**
 * The format of a sample: `s16le`, two little-endian bytes, which most services mean by PCM;
 * `f32le`, a float from -1 to 1 in four bytes; or a byte of G.711, `mulaw` or `alaw`.
 */
export type SampleFormat = "s16le" | "f32le" | "mulaw" | "alaw";

interface SampleCodec {
  /** Bytes of one sample. */
  readonly bytes: number;
  decode(bytes: Uint8Array): Int16Array<ArrayBuffer>;
  encode(samples: Int16Array): Uint8Array<ArrayBuffer>;
}

const CODECS: Readonly<Record<SampleFormat, SampleCodec>> = {
  s16le: { bytes: 2, decode: samplesFromBytes, encode: bytesFromSamples },
  f32le: { bytes: 4, decode: fromFloats, encode: toFloats },
  mulaw: { bytes: 1, decode: decodeMulaw, encode: encodeMulaw },
  alaw: { bytes: 1, decode: decodeAlaw, encode: encodeAlaw },
};

/**
 * How samples of a format are read and written.
 *
 * @throws {TypeError} for an unknown format.
 */
export function sampleCodec(format: SampleFormat): SampleCodec {
  if (Object.hasOwn(CODECS, format)) return CODECS[format];
  throw new TypeError(
    `A sample format must be one of ${Object.keys(CODECS).join(", ")}, not '${format}'.`,
  );
}

/** Reads little-endian 16-bit samples; an odd byte at the end is ignored. */
export function samplesFromBytes(bytes: Uint8Array): Int16Array<ArrayBuffer> {
  const view = viewOf(bytes);
  const samples = new Int16Array(bytes.length >> 1);
  for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(2 * i, true);
  return samples;
}

/** Writes little-endian 16-bit samples. */
export function bytesFromSamples(samples: Int16Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(2 * samples.length);
  const view = viewOf(bytes);
  for (let i = 0; i < samples.length; i++) view.setInt16(2 * i, samples[i]!, true);
  return bytes;
}

/**
 * Reads little-endian 16-bit samples from base64.
 *
 * @throws {TypeError} if the string is not base64.
 */
export function samplesFromBase64(text: string): Int16Array<ArrayBuffer> {
  const bytes = decodeBase64(text);
  if (!bytes) throw notBase64();
  return samplesFromBytes(bytes);
}

/** Writes little-endian 16-bit samples as padded base64. */
export function base64FromSamples(samples: Int16Array): string {
  return encodeBase64(bytesFromSamples(samples));
}

/** Makes samples from floats from -1 to 1; louder values are clipped. */
export function samplesFromFloats(floats: Float32Array): Int16Array<ArrayBuffer> {
  const samples = new Int16Array(floats.length);
  for (let i = 0; i < samples.length; i++) samples[i] = saturate(floats[i]! * 32_768);
  return samples;
}

/** Makes floats from -1 to 1 from samples. */
export function floatsFromSamples(samples: Int16Array): Float32Array<ArrayBuffer> {
  const floats = new Float32Array(samples.length);
  for (let i = 0; i < floats.length; i++) floats[i] = samples[i]! / 32_768;
  return floats;
}

/** The error of text that is not base64. */
export function notBase64(): TypeError {
  return new TypeError("The text is not base64.");
}

function fromFloats(bytes: Uint8Array): Int16Array<ArrayBuffer> {
  const view = viewOf(bytes);
  const floats = new Float32Array(bytes.length >> 2);
  return samplesFromFloats(floats.map((_, i) => view.getFloat32(4 * i, true)));
}

function toFloats(samples: Int16Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 * samples.length);
  const view = viewOf(bytes);
  floatsFromSamples(samples).forEach((float, i) => view.setFloat32(4 * i, float, true));
  return bytes;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
