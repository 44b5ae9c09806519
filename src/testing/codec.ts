/**
 * Audio as the payload of a stream's messages.
 *
 * @module
 */
import { decodeAlaw, decodeMulaw, encodeAlaw, encodeMulaw } from "../audio/g711.ts";
import { decodeStrictBase64, encodeBase64 } from "../core/base64.ts";
import { type StreamEncoding, Violation } from "./simulated_carrier.ts";

/** Writes audio as base64. */
export function encodePayload(samples: Int16Array, encoding: StreamEncoding): string {
  return encodeBase64(encodeSamples(samples, encoding));
}

/** Writes audio as bytes. */
export function encodeSamples(
  samples: Int16Array,
  encoding: StreamEncoding,
): Uint8Array<ArrayBuffer> {
  if (encoding === "mulaw") return encodeMulaw(samples);
  if (encoding === "alaw") return encodeAlaw(samples);
  const view = new DataView(new ArrayBuffer(samples.length * 2));
  samples.forEach((sample, i) => view.setInt16(2 * i, sample, true));
  return new Uint8Array(view.buffer);
}

/**
 * Reads a payload.
 *
 * @throws {Violation} If it is not base64, is empty, is a WAV file, or has half a sample.
 */
export function decodePayload(payload: unknown, encoding: StreamEncoding): Int16Array {
  const bytes = typeof payload === "string" ? decodeStrictBase64(payload) : undefined;
  if (!bytes) throw new Violation("The payload is not base64.");
  return decodeSamples(bytes, encoding);
}

/**
 * Reads bytes.
 *
 * @throws {Violation} If there are none, they are a WAV file, or they have half a sample.
 */
export function decodeSamples(
  bytes: Uint8Array<ArrayBuffer>,
  encoding: StreamEncoding,
): Int16Array {
  if (bytes.length === 0) throw new Violation("The payload is empty.");
  if (String.fromCharCode(...bytes.subarray(0, 4)) === "RIFF") {
    throw new Violation("The payload begins with the header of a WAV file.");
  }
  if (encoding === "mulaw") return decodeMulaw(bytes);
  if (encoding === "alaw") return decodeAlaw(bytes);
  if (bytes.length % 2 !== 0) throw new Violation("The payload has half a sample.");
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Int16Array.from({ length: bytes.length / 2 }, (_, i) => view.getInt16(2 * i, true));
}
