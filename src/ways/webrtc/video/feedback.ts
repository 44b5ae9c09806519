/**
 * Writes the RTCP requests of a video receiver to its sender (RFC 4585).
 *
 * @module
 */

const TRANSPORT_FEEDBACK = 205;
const PAYLOAD_FEEDBACK = 206;
const RECEIVER_REPORT = 201;
const GENERIC_NACK = 1;
const PICTURE_LOSS = 1;
const APPLICATION = 15;
const WORD_BYTES = 4;
/** How many sequence numbers after its first one entry of a NACK can name. */
const MASK_BITS = 16;

/** Asks for a key frame (section 6.3.1). */
export function pictureLoss(own: number, source: number): Uint8Array {
  return packet(PICTURE_LOSS, PAYLOAD_FEEDBACK, [own, source]);
}

/** Asks for packets again, by their sequence numbers (section 6.2.1). */
export function genericNack(own: number, source: number, missing: readonly number[]): Uint8Array {
  const entries: number[] = [];
  const left = new Set(missing);
  for (const first of missing) {
    if (!left.delete(first)) continue;
    let mask = 0;
    for (let bit = 0; bit < MASK_BITS; bit++) {
      if (left.delete((first + bit + 1) & 0xffff)) mask |= 1 << bit;
    }
    entries.push((first << MASK_BITS | mask) >>> 0);
  }
  return packet(GENERIC_NACK, TRANSPORT_FEEDBACK, [own, source, ...entries]);
}

/** Tells how fast the sources may send in all (draft-alvestrand-rmcat-remb-03), in bits a second. */
export function receiverLimit(
  own: number,
  sources: readonly number[],
  bitsPerSecond: number,
): Uint8Array {
  const exponent = Math.max(0, Math.ceil(Math.log2((bitsPerSecond + 1) / 2 ** 18)));
  const mantissa = Math.floor(bitsPerSecond / 2 ** exponent);
  const rate = (sources.length << 24 | exponent << 18 | mantissa) >>> 0;
  const REMB = 0x52454d42; // "REMB"
  return packet(APPLICATION, PAYLOAD_FEEDBACK, [own, 0, REMB, rate, ...sources]);
}

/** An empty receiver report, which a compound packet begins with (RFC 3550 section 6.1). */
export function emptyReport(own: number): Uint8Array {
  return packet(0, RECEIVER_REPORT, [own]);
}

/** A packet of words, behind the header that all RTCP has. */
function packet(count: number, type: number, words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(WORD_BYTES * (1 + words.length));
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x80 | count);
  view.setUint8(1, type);
  view.setUint16(2, words.length);
  words.forEach((word, index) => view.setUint32(WORD_BYTES * (index + 1), word));
  return bytes;
}
