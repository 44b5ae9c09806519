/**
 * The audio of the carriers as bytes.
 *
 * @module
 */
import { decodeAlaw, decodeMulaw, encodeAlaw, encodeMulaw } from "../../../audio/g711.ts";
import type { CarrierAudio } from "../../../core/carrier.ts";
import { type Scratch, scratchBytes } from "../../../core/base64.ts";

/** The bytes of the message that is being made. */
const encoded: Scratch = {};

/** Turns bytes into samples and back. */
export interface Codec {
  readonly bytesPerSample: 1 | 2;
  /** Decodes whole samples. */
  decode(bytes: Uint8Array<ArrayBuffer>): Int16Array<ArrayBuffer>;
  /** Encodes samples. The bytes are valid until the next call. */
  encode(samples: Int16Array): Uint8Array<ArrayBuffer>;
}

/** µ-law, with a byte for a sample. */
export const mulaw: Codec = {
  bytesPerSample: 1,
  decode: decodeMulaw,
  encode: (samples) => encodeMulaw(samples, scratchBytes(encoded, samples.length)),
};

/** A-law, with a byte for a sample. */
export const alaw: Codec = {
  bytesPerSample: 1,
  decode: decodeAlaw,
  encode: (samples) => encodeAlaw(samples, scratchBytes(encoded, samples.length)),
};

/** 16-bit samples with the low byte first. */
export const l16: Codec = {
  bytesPerSample: 2,
  decode: (bytes) => decodeL16(bytes, true),
  encode: (samples) => encodeL16(samples, true),
};

/** All of them. A carrier that has one names that one: a bundle then holds no other. */
export const CODECS: Readonly<Record<CarrierAudio["encoding"], Codec>> = { mulaw, alaw, l16 };

/** How many audible samples it takes to tell the byte order: 100 ms at 16 kHz. */
const PROBE_SAMPLES = 1600;

/**
 * A 16-bit codec that detects the byte order, for a carrier that does not say. It starts with
 * little-endian. Sound is smooth: read in the wrong order, neighbouring samples jump.
 */
export function probingL16(): Codec {
  let littleEndian = true;
  let probed = 0;
  let littleJumps = 0;
  let bigJumps = 0;
  const probe = (little: Int16Array, big: Int16Array): void => {
    for (let i = 1; i < little.length; i++) {
      littleJumps += Math.abs(little[i]! - little[i - 1]!);
      bigJumps += Math.abs(big[i]! - big[i - 1]!);
    }
    probed += little.length;
    littleEndian = littleJumps <= bigJumps * 2; // noise jumps either way, and says nothing
  };
  return {
    bytesPerSample: 2,
    decode(bytes) {
      if (probed < PROBE_SAMPLES && bytes.some((byte) => byte !== 0)) {
        probe(decodeL16(bytes, true), decodeL16(bytes, false));
      }
      return decodeL16(bytes, littleEndian);
    },
    encode: (samples) => encodeL16(samples, littleEndian),
  };
}

function decodeL16(bytes: Uint8Array<ArrayBuffer>, littleEndian: boolean): Int16Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples = new Int16Array(bytes.byteLength >> 1);
  for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(i * 2, littleEndian);
  return samples;
}

function encodeL16(samples: Int16Array, littleEndian: boolean): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(samples.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < samples.length; i++) view.setInt16(i * 2, samples[i]!, littleEndian);
  return bytes;
}
