/**
 * Packets that carry copies of earlier packets (RFC 2198, `audio/red`).
 *
 * @module
 */

/** The content of one packet, now or earlier. */
export interface Block {
  readonly payloadType: number;
  /** The RTP timestamp, 32 bits. */
  readonly timestamp: number;
  readonly payload: Uint8Array;
}

const COPY_HEADER_BYTES = 4;
const HEADER_BYTES = 1;
/** The header has 14 bits for how far back a copy is, and 10 for its length. */
const MOST_OFFSET = 0x3fff;
const MOST_BYTES = 0x3ff;
/** Senders need no more; Chromium uses at most 9. */
const MOST_COPIES = 9;

/**
 * Writes a packet.
 *
 * @param copies The blocks of the preceding packets, oldest first. Those that are too old or too
 * long to fit are left out, and all before them.
 */
export function writeRedundant(primary: Block, copies: readonly Block[]): Uint8Array<ArrayBuffer> {
  const offsetOf = ({ timestamp }: Block) => (primary.timestamp - timestamp) >>> 0;
  const unfit = copies.findLastIndex((copy) =>
    offsetOf(copy) > MOST_OFFSET || copy.payload.length > MOST_BYTES || copy.payload.length === 0
  );
  const fit = copies.slice(Math.max(unfit + 1, copies.length - MOST_COPIES));
  const blocks = [...fit, primary];
  const headers = fit.length * COPY_HEADER_BYTES + HEADER_BYTES;
  const size = blocks.reduce((sum, { payload }) => sum + payload.length, headers);
  const packet = new Uint8Array(size);
  let [header, content] = [0, headers];
  for (const block of blocks) {
    const { payloadType, payload } = block;
    if (block === primary) packet[header] = payloadType;
    else {
      const offset = offsetOf(block);
      packet.set([
        0x80 | payloadType,
        offset >> 6,
        (offset & 0x3f) << 2 | payload.length >> 8,
        payload.length & 0xff,
      ], header);
      header += COPY_HEADER_BYTES;
    }
    packet.set(payload, content);
    content += payload.length;
  }
  return packet;
}

/**
 * Reads a packet: its blocks, the oldest first and the primary one last.
 *
 * @param timestamp The RTP timestamp of the packet.
 * @returns Undefined if it is malformed: without a primary block, or shorter than it says.
 */
export function readRedundant(packet: Uint8Array, timestamp: number): Block[] | undefined {
  const copies: { payloadType: number; timestamp: number; length: number }[] = [];
  let at = 0;
  for (; packet[at]! > 0x7f; at += COPY_HEADER_BYTES) {
    const [first, high, middle, low] = packet.subarray(at, at + COPY_HEADER_BYTES);
    if (low === undefined || copies.length === MOST_COPIES) return;
    const offset = high! << 6 | middle! >> 2;
    copies.push({
      payloadType: first! & 0x7f,
      timestamp: (timestamp - offset) >>> 0,
      length: (middle! & 3) << 8 | low,
    });
  }
  const payloadType = packet[at++];
  if (payloadType === undefined) return;
  const blocks: Block[] = [];
  for (const { length, ...copy } of copies) {
    if (at + length > packet.length) return;
    blocks.push({ ...copy, payload: packet.subarray(at, at += length) });
  }
  if (at === packet.length) return;
  return [...blocks, { payloadType, timestamp, payload: packet.subarray(at) }];
}
