/**
 * Handshake messages and their fragments (RFC 6347 section 4.2.2).
 *
 * @module
 */
import { concat } from "../../../core/bytes.ts";
import { readUint, uint } from "./bytes.ts";

/** The handshake types of a handshake between WebRTC endpoints. */
export const HANDSHAKE = {
  clientHello: 1,
  serverHello: 2,
  helloVerifyRequest: 3,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
} as const;

/** Bytes in front of a fragment. */
export const FRAGMENT_HEADER_BYTES = 12;
/** Longer messages are dropped: a chain of certificates has 5 KB. */
export const MAX_MESSAGE_BYTES = 12_000;

/** A whole message. */
export interface Message {
  readonly type: number;
  /** Its `message_seq`. */
  readonly sequence: number;
  readonly body: Uint8Array;
}

/** A part of a message, or all of it. */
export interface Fragment {
  readonly type: number;
  /** Length of the whole message. */
  readonly length: number;
  readonly sequence: number;
  readonly offset: number;
  /** A view of the record. */
  readonly bytes: Uint8Array;
}

const KNOWN: ReadonlySet<number> = new Set(Object.values(HANDSHAKE));

/**
 * Splits the body of a record into fragments. One that is longer than the rest of the record, or that
 * lies beyond its message, ends it; messages that are unknown or too long, and parts that are empty,
 * are left out.
 */
export function parseFragments(body: Uint8Array): Fragment[] {
  const fragments: Fragment[] = [];
  let at = 0;
  while (body.length - at >= FRAGMENT_HEADER_BYTES) {
    const type = body[at] ?? 0;
    const length = readUint(body, at + 1, 3);
    const offset = readUint(body, at + 6, 3);
    const size = readUint(body, at + 9, 3);
    const start = at + FRAGMENT_HEADER_BYTES;
    if (size > body.length - start || offset + size > length) break;
    const empty = size === 0 && length > 0;
    if (KNOWN.has(type) && length <= MAX_MESSAGE_BYTES && !empty) {
      const bytes = body.subarray(start, start + size);
      fragments.push({ type, length, sequence: readUint(body, at + 4, 2), offset, bytes });
    }
    at = start + size;
  }
  return fragments;
}

/** Writes a message in parts of at most this many bytes, each with its header. */
export function fragmentMessage(
  { type, sequence, body }: Message,
  maxBytes: number,
): Uint8Array<ArrayBuffer>[] {
  const fragments: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  do {
    const part = body.subarray(offset, offset + maxBytes);
    fragments.push(concat(
      uint(1, type),
      uint(3, body.length),
      uint(2, sequence),
      uint(3, offset),
      uint(3, part.length),
      part,
    ));
    offset += part.length;
  } while (offset < body.length);
  return fragments;
}

/** Writes a message in one part, which is how signatures and `Finished` see it. */
export function writeMessage(message: Message): Uint8Array<ArrayBuffer> {
  return concat(...fragmentMessage(message, Infinity));
}
