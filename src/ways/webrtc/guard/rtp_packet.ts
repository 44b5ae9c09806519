/**
 * Reads RTP packets (RFC 3550 section 5.1), which anybody may have made.
 *
 * @module
 */

/** The header of an RTP packet. */
export interface RtpHeader {
  readonly marker: boolean;
  /** 0 to 127. */
  readonly payloadType: number;
  /** 16 bits. */
  readonly sequence: number;
  /** 32 bits, in units of the payload's clock. */
  readonly timestamp: number;
  /** The SSRC. */
  readonly source: number;
  /** Whether it has extensions. */
  readonly extended: boolean;
  /** Where the payload begins, in bytes. */
  readonly length: number;
  /** Whether the last byte of the payload says how much of it is padding. */
  readonly padded: boolean;
}

/** An RTP packet that was checked. */
export interface RtpPacket extends Omit<RtpHeader, "extended" | "length" | "padded"> {
  /** Without its padding. */
  readonly payload: Uint8Array;
  /** The header, if it has extensions. */
  readonly head?: Uint8Array;
}

const FIXED_BYTES = 12;
const WORD_BYTES = 4;
const VERSION = 2;
const EXTENDED = 0x10;

/**
 * Reads a header.
 *
 * @param end Where the header and its payload end, in bytes.
 * @returns Undefined for another version, and if the list of sources or the extension goes beyond
 * `end`.
 */
export function readRtpHeader(
  bytes: Uint8Array,
  end: number = bytes.length,
): RtpHeader | undefined {
  if (end > bytes.length || end < FIXED_BYTES || bytes[0]! >> 6 !== VERSION) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, end);
  const first = view.getUint8(0);
  const second = view.getUint8(1);
  let length = FIXED_BYTES + (first & 0x0f) * WORD_BYTES;
  if (first & EXTENDED) {
    if (length + WORD_BYTES > end) return;
    length += WORD_BYTES + view.getUint16(length + 2) * WORD_BYTES;
  }
  if (length > end) return;
  return {
    marker: second > 0x7f,
    payloadType: second & 0x7f,
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    source: view.getUint32(8),
    extended: (first & EXTENDED) !== 0,
    length,
    padded: (first & 0x20) !== 0,
  };
}

/**
 * Takes the padding off a payload.
 *
 * @returns Undefined if the padding would be empty or longer than the payload.
 */
export function withoutPadding(payload: Uint8Array, padded: boolean): Uint8Array | undefined {
  if (!padded) return payload;
  const count = payload.at(-1) ?? 0;
  if (count === 0 || count > payload.length) return;
  return payload.subarray(0, payload.length - count);
}

/** Extensions whose ids and lengths take one byte (RFC 8285 section 4.2). */
const ONE_BYTE_PROFILE = 0xbede;

/** Finds a header extension of the one-byte form by its id, 1 to 14, in a header that was checked. */
export function headerExtension(head: Uint8Array, id: number): Uint8Array | undefined {
  const first = head[0] ?? 0;
  const begin = FIXED_BYTES + (first & 0x0f) * WORD_BYTES;
  if (!(first & EXTENDED) || head[begin]! << 8 !== (ONE_BYTE_PROFILE & 0xff00)) return;
  if (head[begin + 1] !== (ONE_BYTE_PROFILE & 0xff)) return;
  for (let at = begin + WORD_BYTES; at < head.length;) {
    const byte = head[at]!;
    const length = byte === 0 ? 0 : (byte & 0x0f) + 1; // 0 is padding
    if (byte >> 4 === 15) return;
    if (byte >> 4 === id && byte !== 0) {
      return at + 1 + length <= head.length ? head.subarray(at + 1, at + 1 + length) : undefined;
    }
    at += 1 + length;
  }
}
