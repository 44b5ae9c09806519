/**
 * Datagrams in a stream of bytes: each after its length (RFC 4571 §2), as ICE sends them over TCP
 * (RFC 6544 §3).
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { PACKET_BYTES } from "../udp.ts";

/** Reads datagrams from a stream. */
export interface FrameReader {
  /**
   * Takes the next bytes, and passes on every complete datagram.
   *
   * @returns Whether the stream can go on: it cannot if a datagram is longer than a call's.
   */
  take(bytes: Uint8Array): boolean;
}

const HEADER_BYTES = 2;

/** Makes a reader, which keeps at most one datagram. */
export function createFrameReader(each: (datagram: Buffer) => void): FrameReader {
  let kept = Buffer.alloc(0);
  return {
    take(bytes) {
      const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const all = kept.length === 0 ? view : Buffer.concat([kept, view]);
      let at = 0;
      while (all.length - at >= HEADER_BYTES) {
        const length = all.readUInt16BE(at);
        if (length > PACKET_BYTES) return false;
        const end = at + HEADER_BYTES + length;
        if (end > all.length) break;
        // Copies, like UDP's: the stream's reader may reuse its chunk.
        if (length > 0) each(Buffer.from(all.subarray(at + HEADER_BYTES, end)));
        at = end;
      }
      kept = Buffer.from(all.subarray(at));
      return true;
    },
  };
}

/** Writes a datagram into a stream. */
export function frameOf(datagram: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + datagram.length);
  frame.writeUInt16BE(datagram.length);
  frame.set(datagram, HEADER_BYTES);
  return frame;
}
