/**
 * Reads RTP packets (RFC 3550 section 5.1) that anybody may have made.
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
  /** Where the payload begins, in bytes. */
  readonly length: number;
  /** Whether the last byte of the payload says how much of it is padding. */
  readonly padded: boolean;
}

/** An RTP packet that was checked. */
export interface RtpPacket extends Omit<RtpHeader, "length" | "padded"> {
  /** Without its padding. */
  readonly payload: Uint8Array;
}

const FIXED_BYTES = 12;
const WORD_BYTES = 4;
const VERSION = 2;

/**
 * Reads a header.
 *
 * @param end Where the header and its payload end, in bytes.
 * @returns Nothing for another version, and when the list of sources or the extension goes beyond
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
  if (first & 0x10) {
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
    length,
    padded: (first & 0x20) !== 0,
  };
}

/**
 * Takes the padding off a payload.
 *
 * @returns Nothing when the padding would be empty or longer than the payload.
 */
export function withoutPadding(payload: Uint8Array, padded: boolean): Uint8Array | undefined {
  if (!padded) return payload;
  const count = payload.at(-1) ?? 0;
  if (count === 0 || count > payload.length) return;
  return payload.subarray(0, payload.length - count);
}
