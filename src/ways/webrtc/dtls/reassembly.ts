/**
 * Handshake messages, put together from fragments that come in any order and any number of times.
 *
 * @module
 */
import { concat } from "../../../core/bytes.ts";
import { type Fragment, MAX_MESSAGE_BYTES, type Message } from "./message.ts";

/** Messages that are kept at a time: the longest flight has five. */
const WINDOW = 5;
/** Nobody needs more: a message of the greatest length in packets of 188 bytes. */
const MAX_PARTS = 64;

/** What a reassembly holds at most, in bytes of messages. */
export const MAX_KEPT_BYTES: number = WINDOW * MAX_MESSAGE_BYTES;

/** Keeps fragments until their messages are whole. */
export interface Reassembly {
  /** Bytes that are kept. */
  readonly size: number;
  /** Adds a fragment of a message between `first` and the end of the window that begins there. */
  add(fragment: Fragment, first: number): void;
  /** Takes the message with this number, if it is whole and of one of these types. */
  take(sequence: number, types: readonly number[]): Message | undefined;
  /** Forgets all messages before this one. */
  forgetBefore(sequence: number): void;
}

interface Part {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

interface Partial {
  readonly type: number;
  readonly length: number;
  /** By offset, without gaps in themselves and without overlaps. */
  readonly parts: readonly Part[];
}

/** Makes a reassembly that keeps nothing yet. */
export function createReassembly(): Reassembly {
  const partials = new Map<number, Partial>();
  return {
    get size() {
      const all = [...partials.values()].flatMap(({ parts }) => parts);
      return all.reduce((sum, { bytes }) => sum + bytes.length, 0);
    },
    add(fragment, first) {
      const { type, length, sequence } = fragment;
      if (sequence < first || sequence >= first + WINDOW) return;
      const known = partials.get(sequence);
      const same = known?.type === type && known.length === length;
      // If two contradict each other, nobody can tell which is true. The later one is kept, because
      // the true one will be repeated.
      const parts = same ? insert(known.parts, fragment) : undefined;
      partials.set(sequence, { type, length, parts: parts ?? insert([], fragment) ?? [] });
    },
    take(sequence, types) {
      const partial = partials.get(sequence);
      if (!partial || !types.includes(partial.type)) return;
      const { type, length, parts } = partial;
      if (parts.reduce((sum, { bytes }) => sum + bytes.length, 0) < length) return;
      partials.delete(sequence);
      return { type, sequence, body: concat(...parts.map(({ bytes }) => bytes)) };
    },
    forgetBefore(sequence) {
      for (const known of partials.keys()) if (known < sequence) partials.delete(known);
    },
  };
}

/**
 * Adds the bytes of a fragment that are new. Gives nothing if some that are not new differ, or if
 * there are too many parts.
 */
function insert(parts: readonly Part[], { offset, bytes }: Part): readonly Part[] | undefined {
  const added: Part[] = [];
  const end = offset + bytes.length;
  // A copy: a view would keep its whole datagram.
  const keep = (from: number, to: number) => {
    if (from < to) added.push({ offset: from, bytes: bytes.slice(from - offset, to - offset) });
  };
  let at = offset;
  for (const part of parts) {
    const partEnd = part.offset + part.bytes.length;
    if (partEnd <= at) continue;
    if (part.offset >= end) break;
    keep(at, part.offset);
    const from = Math.max(at, part.offset);
    const to = Math.min(end, partEnd);
    for (let i = from; i < to; i++) {
      if (bytes[i - offset] !== part.bytes[i - part.offset]) return;
    }
    at = to;
  }
  keep(at, end);
  if (added.length === 0 && parts.length > 0) return parts;
  if (parts.length + added.length > MAX_PARTS) return;
  return [...parts, ...added].sort((a, b) => a.offset - b.offset);
}
