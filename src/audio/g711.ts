/**
 * G.711, telephone audio: 8-bit µ-law and A-law.
 *
 * @module
 */

/** Decodes µ-law bytes into samples. */
export function decodeMulaw(bytes: Uint8Array): Int16Array<ArrayBuffer> {
  return decode(bytes, mulaw.decoding ??= decodingTable(mulawSample));
}

/** Encodes samples as µ-law bytes; `into`, if given, has the same length and is returned. */
export function encodeMulaw(
  samples: Int16Array,
  into?: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  return encode(samples, into, mulaw.encoding ??= encodingTable(mulawByte));
}

/** Decodes A-law bytes into samples. */
export function decodeAlaw(bytes: Uint8Array): Int16Array<ArrayBuffer> {
  return decode(bytes, alaw.decoding ??= decodingTable(alawSample));
}

/** Encodes samples as A-law bytes; `into`, if given, has the same length and is returned. */
export function encodeAlaw(
  samples: Int16Array,
  into?: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  return encode(samples, into, alaw.encoding ??= encodingTable(alawByte));
}

interface Tables {
  /** The sample of each byte. */
  decoding?: Int16Array;
  /** The byte of each sample, at the sample's unsigned value. */
  encoding?: Uint8Array;
}

// Built on first use, then shared by all calls.
const mulaw: Tables = {};
const alaw: Tables = {};

function decode(bytes: Uint8Array, table: Int16Array): Int16Array<ArrayBuffer> {
  const samples = new Int16Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) samples[i] = table[bytes[i]!]!;
  return samples;
}

function encode(
  samples: Int16Array,
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(samples.length),
  table: Uint8Array,
): Uint8Array<ArrayBuffer> {
  for (let i = 0; i < samples.length; i++) bytes[i] = table[samples[i]! & 0xffff]!;
  return bytes;
}

function decodingTable(sample: (byte: number) => number): Int16Array {
  return Int16Array.from({ length: 256 }, (_, byte) => sample(byte));
}

function encodingTable(byte: (sample: number) => number): Uint8Array {
  return Uint8Array.from({ length: 65_536 }, (_, unsigned) => byte(unsigned << 16 >> 16));
}

/** Makes the steps of the lowest µ-law segments start at a power of two. */
const MULAW_BIAS = 0x84;
const MULAW_CLIP = 32_635;

function mulawSample(byte: number): number {
  const code = ~byte;
  const magnitude = (((code & 0x0f) << 3) + MULAW_BIAS) << ((code >> 4) & 7);
  return code & 0x80 ? MULAW_BIAS - magnitude : magnitude - MULAW_BIAS;
}

function mulawByte(sample: number): number {
  const magnitude = Math.min(Math.abs(sample), MULAW_CLIP) + MULAW_BIAS;
  const segment = 24 - Math.clz32(magnitude); // 0 for 8 bits, 7 for 15
  const step = (magnitude >> (segment + 3)) & 0x0f;
  return ~((sample < 0 ? 0x80 : 0) | segment << 4 | step) & 0xff;
}

/** A-law inverts every other bit on the line. */
const ALAW_TOGGLE = 0x55;

function alawSample(byte: number): number {
  const code = byte ^ ALAW_TOGGLE;
  const segment = (code >> 4) & 7;
  const step = ((code & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return code & 0x80 ? magnitude : -magnitude;
}

function alawByte(sample: number): number {
  // A negative sample is one's complement, as in the reference code of G.191.
  const magnitude = (sample < 0 ? ~sample : sample) >> 4; // 11 bits
  const segment = Math.max(0, 28 - Math.clz32(magnitude)); // 0 for up to 5 bits, then one per bit
  const step = (magnitude >> Math.max(0, segment - 1)) & 0x0f;
  return ((sample < 0 ? 0 : 0x80) | segment << 4 | step) ^ ALAW_TOGGLE;
}
