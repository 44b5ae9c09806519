/**
 * The receiving half of an SCTP association (RFC 9260 §6): what has arrived, and the messages in
 * it. Everything is bounded, and no packet costs more than it carries.
 *
 * @module
 */
import { createReassembly } from "./sctp_reassembly.ts";
import { type DataChunk, type Forward, isAfter, viewOf } from "./sctp_packet.ts";
import { createTsnRanges } from "./tsn_ranges.ts";

/** Takes a message; the bytes may belong to the packet that it came in. */
export type Deliver = (stream: number, protocol: number, message: Uint8Array) => void;

/** What a client has sent. */
export interface Inbound {
  /** The last TSN before which nothing is missing. */
  readonly cumulativeTsn: number;
  /** Takes a fragment. */
  take(chunk: DataChunk): void;
  /** Gives up what the client has given up (RFC 3758 §3.6). */
  forward(forward: Forward): void;
  /** Begins streams again with sequence number 0 (RFC 6525 §5.2.2). */
  reset(streams: readonly number[]): void;
  /** The value of a SACK chunk that reports all this (RFC 9260 §3.3.4). */
  acknowledge(): Uint8Array;
}

/** How much is held of one client, in bytes; the window that it is told is the rest. */
export const WINDOW_BYTES = 1 << 20;
/** Streams that a client may use: as many as Chrome does. */
export const MAX_STREAMS = 1024;
/** The longest message that is delivered, in bytes: as long as Chrome's. */
export const MAX_MESSAGE_BYTES = 256 << 10;
/** The distances in a SACK have 16 bits. */
const MAX_AHEAD = 0xffff;
/** As many as a packet has room for. */
const MAX_GAPS = 250;
const MAX_DUPLICATES = 16;

/**
 * Makes the receiving half of an association.
 *
 * @param initialTsn The TSN of the first chunk to come.
 * @param onOverflow Called once if the client endlessly sends what can never be delivered.
 */
export function createInbound(
  initialTsn: number,
  deliver: Deliver,
  onOverflow: () => void,
): Inbound {
  let cumulativeTsn = (initialTsn - 1) >>> 0;
  let duplicates: number[] = [];
  let overflown = false;
  const ahead = createTsnRanges(MAX_GAPS);
  const reassembly = createReassembly(deliver, MAX_MESSAGE_BYTES);

  const advanceTo = (tsn: number) => {
    cumulativeTsn = ahead.leave(tsn);
  };
  /**
   * Whether there is room for a fragment: the next one in order has a reserve, or nothing would go
   * on.
   */
  const hasRoom = (chunk: DataChunk, isNext: boolean) => {
    const most = isNext ? 2 * WINDOW_BYTES : WINDOW_BYTES;
    return reassembly.held + reassembly.costOf(chunk) <= most;
  };

  return {
    get cumulativeTsn() {
      return cumulativeTsn;
    },
    take(chunk) {
      const { tsn, stream } = chunk;
      if (overflown) return;
      if (!isAfter(tsn, cumulativeTsn) || ahead.has(tsn)) {
        if (duplicates.length < MAX_DUPLICATES) duplicates.push(tsn);
        return;
      }
      if ((tsn - cumulativeTsn) >>> 0 > MAX_AHEAD) return;
      const isNext = tsn === (cumulativeTsn + 1) >>> 0;
      if (!hasRoom(chunk, isNext)) {
        if (!isNext) return; // it comes again
        overflown = true;
        return onOverflow();
      }
      if (isNext) advanceTo(tsn);
      else if (!ahead.add(tsn)) return;
      if (stream < MAX_STREAMS) reassembly.take(chunk);
    },
    forward({ cumulativeTsn: tsn, skipped }) {
      if (!isAfter(tsn, cumulativeTsn)) return;
      advanceTo(tsn);
      reassembly.forget(tsn);
      for (const [stream, sequence] of skipped) {
        if (stream < MAX_STREAMS) reassembly.skip(stream, sequence);
      }
    },
    reset: (streams) => reassembly.reset(streams),
    acknowledge() {
      const gaps = ahead.ranges;
      const value = new Uint8Array(12 + 4 * (gaps.length + duplicates.length));
      const view = viewOf(value);
      view.setUint32(0, cumulativeTsn);
      view.setUint32(4, Math.max(0, WINDOW_BYTES - reassembly.held));
      view.setUint16(8, gaps.length);
      view.setUint16(10, duplicates.length);
      let at = 12;
      for (const { first, last } of gaps) {
        view.setUint16(at, (first - cumulativeTsn) & 0xffff);
        view.setUint16(at + 2, (last - cumulativeTsn) & 0xffff);
        at += 4;
      }
      for (const tsn of duplicates) {
        view.setUint32(at, tsn);
        at += 4;
      }
      duplicates = [];
      return value;
    },
  };
}
