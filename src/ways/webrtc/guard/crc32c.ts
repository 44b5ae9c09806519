/**
 * The checksum of SCTP packets: CRC32c (RFC 9260, appendix A).
 *
 * @module
 */

/** The polynomial of Castagnoli, with its bits in reverse order. */
const POLYNOMIAL = 0x82f63b78;

const table = new Uint32Array(256).map((_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1;
  }
  return remainder;
});

/** The CRC32c of an SCTP packet, computed as if the checksum in bytes 8 to 11 were zero. */
export function sctpChecksum(packet: Uint8Array): number {
  let crc = 0xffffffff;
  for (let at = 0; at < packet.length; at++) {
    const byte = at >= 8 && at < 12 ? 0 : packet[at]!;
    crc = table[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}
