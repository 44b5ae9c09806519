/**
 * SCTP packets (RFC 9260), read strictly: every length is checked before anything is made of it.
 *
 * @module
 */
import { sctpChecksum } from "./crc32c.ts";

/** The types of the chunks that mean something here; RFC 6525 and RFC 3758 have the last two. */
export const CHUNK = {
  data: 0,
  init: 1,
  initAck: 2,
  sack: 3,
  heartbeat: 4,
  heartbeatAck: 5,
  abort: 6,
  shutdown: 7,
  shutdownAck: 8,
  error: 9,
  cookieEcho: 10,
  cookieAck: 11,
  shutdownComplete: 14,
  reconfig: 130,
  forwardTsn: 192,
} as const;

/** A chunk with a valid length; the functions below read its content. */
export interface SctpChunk {
  readonly type: number;
  readonly flags: number;
  /** What follows type, flags and length, without padding: a view into the packet. */
  readonly value: Uint8Array;
  /** The whole chunk without padding: a view into the packet. */
  readonly bytes: Uint8Array;
}

/** A packet whose checksum and lengths are sound. */
export interface SctpPacket {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly verificationTag: number;
  readonly chunks: readonly SctpChunk[];
}

/** A parameter or an error cause: type, and value without padding. */
export interface SctpParameter {
  readonly type: number;
  readonly value: Uint8Array;
}

/** A DATA chunk: a fragment of a message (RFC 9260 §3.3.1). */
export interface DataChunk {
  readonly tsn: number;
  readonly stream: number;
  readonly sequence: number;
  readonly protocol: number;
  readonly unordered: boolean;
  readonly first: boolean;
  readonly last: boolean;
  /** The sender asks for a SACK at once (RFC 7053). */
  readonly immediate: boolean;
  readonly payload: Uint8Array;
}

/** The content of an INIT or INIT ACK (§3.3.2). */
export interface Initiation {
  readonly tag: number;
  readonly window: number;
  readonly outboundStreams: number;
  readonly inboundStreams: number;
  readonly initialTsn: number;
  readonly parameters: readonly SctpParameter[];
}

/** What a SACK acknowledges (§3.3.4). */
export interface Acknowledgment {
  readonly cumulativeTsn: number;
  readonly window: number;
  /** First and last of each block that has arrived, as distances from the cumulative TSN. */
  readonly gaps: readonly (readonly [number, number])[];
  readonly duplicates: readonly number[];
}

/** What a FORWARD TSN gives up (RFC 3758 §3.2). */
export interface Forward {
  readonly cumulativeTsn: number;
  /** Stream and sequence number of the last ordered message that was given up there. */
  readonly skipped: readonly (readonly [stream: number, sequence: number])[];
}

const HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 4;
/** More than any sender has a use for: 2 KB of the smallest chunks that carry anything. */
const MAX_CHUNKS = 128;
/** These must be alone in their packet (§6.10). */
const ALONE: ReadonlySet<number> = new Set([CHUNK.init, CHUNK.initAck, CHUNK.shutdownComplete]);

/** Reads a packet; undefined when its checksum, a length or its bundling is wrong. */
export function parseSctp(packet: Uint8Array): SctpPacket | undefined {
  if (packet.length < HEADER_BYTES + CHUNK_HEADER_BYTES) return;
  const view = viewOf(packet);
  if (view.getUint32(8, true) !== sctpChecksum(packet)) return;
  const chunks: SctpChunk[] = [];
  for (let at = HEADER_BYTES; at < packet.length;) {
    if (at + CHUNK_HEADER_BYTES > packet.length || chunks.length === MAX_CHUNKS) return;
    const end = at + view.getUint16(at + 2);
    if (end < at + CHUNK_HEADER_BYTES || end > packet.length) return;
    chunks.push({
      type: view.getUint8(at),
      flags: view.getUint8(at + 1),
      value: packet.subarray(at + CHUNK_HEADER_BYTES, end),
      bytes: packet.subarray(at, end),
    });
    at += padded(end - at);
  }
  if (chunks.length > 1 && chunks.some(({ type }) => ALONE.has(type))) return;
  return {
    sourcePort: view.getUint16(0),
    destinationPort: view.getUint16(2),
    verificationTag: view.getUint32(4),
    chunks,
  };
}

/** Makes a packet of whole chunks, which are padded here. */
export function writeSctp(
  { sourcePort, destinationPort, verificationTag }: Omit<SctpPacket, "chunks">,
  chunks: readonly Uint8Array[],
): Uint8Array {
  const length = chunks.reduce((sum, chunk) => sum + padded(chunk.length), HEADER_BYTES);
  const packet = new Uint8Array(length);
  const view = viewOf(packet);
  view.setUint16(0, sourcePort);
  view.setUint16(2, destinationPort);
  view.setUint32(4, verificationTag);
  let at = HEADER_BYTES;
  for (const chunk of chunks) {
    packet.set(chunk, at);
    at += padded(chunk.length);
  }
  view.setUint32(8, sctpChecksum(packet), true);
  return packet;
}

/** Makes a chunk, without padding. */
export function writeChunk(type: number, flags: number, value: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(CHUNK_HEADER_BYTES + value.length);
  chunk[0] = type;
  chunk[1] = flags;
  viewOf(chunk).setUint16(2, chunk.length);
  chunk.set(value, CHUNK_HEADER_BYTES);
  return chunk;
}

/** Reads parameters or error causes (§3.2.1); undefined when a length is wrong. */
export function readParameters(bytes: Uint8Array): SctpParameter[] | undefined {
  const view = viewOf(bytes);
  const parameters: SctpParameter[] = [];
  for (let at = 0; at < bytes.length;) {
    if (at + 4 > bytes.length) return;
    const end = at + view.getUint16(at + 2);
    if (end < at + 4 || end > bytes.length) return;
    parameters.push({ type: view.getUint16(at), value: bytes.subarray(at + 4, end) });
    at += padded(end - at);
  }
  return parameters;
}

/** Reads DATA; undefined if it is truncated or empty (§3.3.1 forbids both). */
export function readData({ flags, value }: SctpChunk): DataChunk | undefined {
  if (value.length <= 12) return;
  const view = viewOf(value);
  return {
    tsn: view.getUint32(0),
    stream: view.getUint16(4),
    sequence: view.getUint16(6),
    protocol: view.getUint32(8),
    unordered: (flags & 4) !== 0,
    first: (flags & 2) !== 0,
    last: (flags & 1) !== 0,
    immediate: (flags & 8) !== 0,
    payload: value.subarray(12),
  };
}

/** Reads INIT or INIT ACK; undefined for a tag or a number of streams of 0, which are forbidden. */
export function readInitiation({ value }: SctpChunk): Initiation | undefined {
  if (value.length < 16) return;
  const view = viewOf(value);
  const parameters = readParameters(value.subarray(16));
  const [tag, outboundStreams, inboundStreams] = [
    view.getUint32(0),
    view.getUint16(8),
    view.getUint16(10),
  ];
  if (!parameters || tag === 0 || outboundStreams === 0 || inboundStreams === 0) return;
  const [window, initialTsn] = [view.getUint32(4), view.getUint32(12)];
  return { tag, window, outboundStreams, inboundStreams, initialTsn, parameters };
}

/** Reads a SACK; undefined unless its blocks are as many as it says, in order and apart. */
export function readSack({ value }: SctpChunk): Acknowledgment | undefined {
  if (value.length < 12) return;
  const view = viewOf(value);
  const [gapCount, duplicateCount] = [view.getUint16(8), view.getUint16(10)];
  if (value.length !== 12 + 4 * (gapCount + duplicateCount)) return;
  const gaps: (readonly [number, number])[] = [];
  let before = 0;
  for (let at = 12; at < 12 + 4 * gapCount; at += 4) {
    const [first, last] = [view.getUint16(at), view.getUint16(at + 2)];
    if (first <= before || last < first) return;
    gaps.push([first, last]);
    before = last;
  }
  const duplicates: number[] = [];
  for (let at = 12 + 4 * gapCount; at < value.length; at += 4) duplicates.push(view.getUint32(at));
  return { cumulativeTsn: view.getUint32(0), window: view.getUint32(4), gaps, duplicates };
}

/** Reads FORWARD TSN; undefined if it is truncated. */
export function readForward({ value }: SctpChunk): Forward | undefined {
  if (value.length < 4 || value.length % 4 !== 0) return;
  const view = viewOf(value);
  const skipped: (readonly [number, number])[] = [];
  for (let at = 4; at < value.length; at += 4) {
    skipped.push([view.getUint16(at), view.getUint16(at + 2)]);
  }
  return { cumulativeTsn: view.getUint32(0), skipped };
}

/** Makes a parameter, padded. */
export function writeParameter({ type, value }: SctpParameter): Uint8Array {
  const parameter = new Uint8Array(padded(4 + value.length));
  const view = viewOf(parameter);
  view.setUint16(0, type);
  view.setUint16(2, 4 + value.length);
  parameter.set(value, 4);
  return parameter;
}

/** Whether a TSN comes after another one, in the arithmetic of serial numbers (§1.6). */
export function isAfter(tsn: number, other: number): boolean {
  return ((tsn - other) | 0) > 0;
}

/** A view of bytes. */
export function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
