/**
 * How the messages of a call are built, as far as bytes that may be anything still show it.
 */
import type { Shape, Span } from "./mutations.ts";

/** Lists of parts that begin with a header in which their length stands. */
interface ListFormat {
  readonly headerBytes: number;
  /** Where the length stands in the header, and how many bytes it has. */
  readonly lengthAt: number;
  readonly lengthBytes: number;
  /** What one of the length stands for, in bytes. Default: 1. */
  readonly unit?: number;
  /** Whether the length counts the header. */
  readonly whole?: boolean;
  /** Parts begin at multiples of it. Default: 1. */
  readonly align?: number;
}

const MOST_PARTS = 64;

function listOf(bytes: Uint8Array, from: number, end: number, format: ListFormat) {
  const { headerBytes, lengthAt, lengthBytes, unit = 1, whole = false, align = 1 } = format;
  const counts: Span[] = [];
  const parts: Span[] = [];
  for (let at = from; at + headerBytes <= end && parts.length < MOST_PARTS;) {
    counts.push({ at: at + lengthAt, length: lengthBytes });
    const size = number(bytes, at + lengthAt, lengthBytes) * unit + (whole ? 0 : headerBytes);
    const length = Math.min(end - at, Math.ceil(Math.max(size, headerBytes) / align) * align);
    parts.push({ at, length });
    at += length;
  }
  return { counts, parts };
}

function number(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

const together = (...shapes: readonly Shape[]): Shape => ({
  counts: shapes.flatMap(({ counts }) => counts),
  parts: shapes.flatMap(({ parts }) => parts),
});

const ATTRIBUTES: ListFormat = { headerBytes: 4, lengthAt: 2, lengthBytes: 2, align: 4 };

/** STUN: RFC 8489 §5 and §14. */
export function stunShape(bytes: Uint8Array): Shape {
  return together(
    { counts: [{ at: 2, length: 2 }], parts: [] },
    listOf(bytes, 20, bytes.length, ATTRIBUTES),
  );
}

/** Datagrams in a stream: RFC 4571 §2. */
export function framesShape(bytes: Uint8Array): Shape {
  return listOf(bytes, 0, bytes.length, { headerBytes: 2, lengthAt: 0, lengthBytes: 2 });
}

const CHUNKS: ListFormat = { ...ATTRIBUTES, whole: true };
/** Where the parameters of chunks begin, by type; of SACK, where its counts stand. */
const PARAMETERS: ReadonlyMap<number, number> = new Map([
  [1, 20],
  [2, 20],
  [4, 4],
  [6, 4],
  [9, 4],
  [130, 4],
]);
const SACK = 3;

/** SCTP: RFC 9260 §3. */
export function sctpShape(bytes: Uint8Array): Shape {
  const chunks = listOf(bytes, 12, bytes.length, CHUNKS);
  return together(
    chunks,
    ...chunks.parts.map(({ at, length }) => {
      const type = bytes[at] ?? 0;
      if (type === SACK) {
        return { counts: [{ at: at + 12, length: 2 }, { at: at + 14, length: 2 }], parts: [] };
      }
      const from = PARAMETERS.get(type);
      return from === undefined
        ? { counts: [], parts: [] }
        : listOf(bytes, at + from, at + length, CHUNKS);
    }),
  );
}

const RECORDS: ListFormat = { headerBytes: 13, lengthAt: 11, lengthBytes: 2 };
const FRAGMENTS: ListFormat = { headerBytes: 12, lengthAt: 9, lengthBytes: 3 };
const HANDSHAKE_RECORD = 22;
/** The vectors of a hello begin behind version and random value. */
const HELLO_BYTES = 34;
const EXTENSION: ListFormat = { headerBytes: 4, lengthAt: 2, lengthBytes: 2 };

/** Datagrams of DTLS: RFC 6347 §4.1 and §4.2.2. */
export function dtlsShape(bytes: Uint8Array): Shape {
  const records = listOf(bytes, 0, bytes.length, RECORDS);
  const inside = records.parts.filter(({ at }) => bytes[at] === HANDSHAKE_RECORD)
    .map(({ at, length }) => fragmentShape(bytes, at + RECORDS.headerBytes, at + length));
  return together(records, ...inside);
}

function fragmentShape(bytes: Uint8Array, from: number, end: number): Shape {
  const fragments = listOf(bytes, from, end, FRAGMENTS);
  const bodies = fragments.parts.map(({ at, length }) =>
    bodyShape(bytes, bytes[at] ?? 0, at + FRAGMENTS.headerBytes, at + length)
  );
  const lengths = fragments.parts.flatMap(({ at }) => [
    { at: at + 1, length: 3 },
    { at: at + 4, length: 2 },
    { at: at + 6, length: 3 },
  ]);
  return together(fragments, { counts: lengths, parts: [] }, ...bodies);
}

/** Sizes of the lengths of vectors that follow one another, by type of message, behind some bytes. */
const VECTORS: ReadonlyMap<number, readonly [skip: number, sizes: readonly number[]]> = new Map([
  [1, [HELLO_BYTES, [1, 1, 2, 1, 2]]],
  [2, [HELLO_BYTES, [1]]],
  [3, [2, [1]]],
  [11, [0, [3]]],
  [12, [3, [1]]],
  [13, [0, [1, 2, 2]]],
  [15, [2, [2]]],
  [16, [0, [1]]],
]);
const CLIENT_HELLO = 1;

/** A handshake message without its header: RFC 5246 §7.4. */
function bodyShape(bytes: Uint8Array, type: number, from: number, end: number): Shape {
  const [skip, sizes] = VECTORS.get(type) ?? [0, []];
  const counts: Span[] = [];
  const parts: Span[] = [];
  let at = from + skip;
  for (const size of sizes) {
    if (at + size > end) break;
    counts.push({ at, length: size });
    const length = Math.min(end - at, size + number(bytes, at, size));
    parts.push({ at, length });
    at += length;
  }
  const last = parts.at(-1);
  if (type !== CLIENT_HELLO || !last || parts.length < sizes.length) return { counts, parts };
  return together({ counts, parts }, listOf(bytes, last.at + 2, last.at + last.length, EXTENSION));
}

/** RTP: RFC 3550 §5.1. */
export function rtpShape(bytes: Uint8Array): Shape {
  const [first = 0] = bytes;
  const sources = 12 + 4 * (first & 15);
  const counts: Span[] = [
    { at: 0, length: 1 },
    { at: 2, length: 2 },
    { at: 4, length: 4 },
    { at: bytes.length - 1, length: 1 },
  ];
  if (first & 16) counts.push({ at: sources + 2, length: 2 });
  const payload = sources + (first & 16 ? 4 + 4 * number(bytes, sources + 2, 2) : 0);
  const parts = [{ at: 12, length: sources - 12 }, { at: payload, length: bytes.length - payload }];
  return { counts: within(counts, bytes), parts: within(parts, bytes) };
}

const within = (spans: readonly Span[], { length: end }: Uint8Array) =>
  spans.filter(({ at, length }) => at >= 0 && length > 0 && at + length <= end);

const REPORTS: ListFormat = { headerBytes: 4, lengthAt: 2, lengthBytes: 2, unit: 4 };

/** RTCP: RFC 3550 §6. */
export function rtcpShape(bytes: Uint8Array): Shape {
  const packets = listOf(bytes, 0, bytes.length, REPORTS);
  const counts = packets.parts.map(({ at }) => ({ at, length: 1 }));
  return together(packets, { counts, parts: [] });
}

/** RED: RFC 2198 §3. */
export function redundantShape(bytes: Uint8Array): Shape {
  const parts: Span[] = [];
  for (let at = 0; (bytes[at] ?? 0) > 127 && parts.length < MOST_PARTS; at += 4) {
    parts.push({ at, length: Math.min(4, bytes.length - at) });
  }
  const counts = parts.flatMap(({ at }) => [{ at: at + 1, length: 2 }, { at: at + 2, length: 2 }]);
  return { counts: within(counts, bytes), parts };
}

/** Key presses: RFC 4733 §2.3. */
export function eventShape(bytes: Uint8Array): Shape {
  const parts = Array.from({ length: bytes.length >> 2 }, (_, i) => ({ at: 4 * i, length: 4 }));
  return { counts: parts.map(({ at }) => ({ at: at + 2, length: 2 })), parts };
}

/** DCEP: RFC 8832 §5. */
export function channelShape(bytes: Uint8Array): Shape {
  const counts = within([{ at: 8, length: 2 }, { at: 10, length: 2 }], bytes);
  return { counts, parts: within([{ at: 12, length: bytes.length - 12 }], bytes) };
}

const LINE_FEED = 10;

/** SDP: its lines, and its sections. */
export function sdpShape(bytes: Uint8Array): Shape {
  const lines: Span[] = [];
  for (let at = 0; at < bytes.length && lines.length < 200;) {
    const end = bytes.indexOf(LINE_FEED, at);
    const length = (end < 0 ? bytes.length : end + 1) - at;
    lines.push({ at, length });
    at += length;
  }
  const starts = lines.filter(({ at }) => bytes[at] === "m".charCodeAt(0)).map(({ at }) => at);
  const sections = starts.map((at, i) => ({ at, length: (starts[i + 1] ?? bytes.length) - at }));
  return { counts: [], parts: [...lines, ...sections, ...sections] };
}
