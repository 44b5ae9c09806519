/**
 * AV1 as RTP carries it (the AV1 RTP payload format of the Alliance for Open Media), combined into
 * temporal units in the low-overhead format, where each OBU states its size.
 *
 * @module
 */
import { concat } from "../core/bytes.ts";

const CONTINUES_BEFORE = 0x80;
const CONTINUES_AFTER = 0x40;
const COUNT_SHIFT = 4;
const COUNT = 3;
const NEW_SEQUENCE = 0x08;
const HAS_EXTENSION = 0x04;
const HAS_SIZE = 0x02;
const TEMPORAL_DELIMITER = 2;
/** A number of more bytes is larger than any packet. */
const MOST_NUMBER_BYTES = 3;
/** `OBU_TEMPORAL_DELIMITER` with its size, 0. */
const DELIMITER = Uint8Array.of(0x12, 0);

/** Whether a payload can only be the first of its temporal unit: one that decoding can begin with. */
export function startsAv1Unit([header = 0]: Uint8Array): boolean {
  return (header & NEW_SEQUENCE) !== 0 && (header & CONTINUES_BEFORE) === 0;
}

/**
 * Puts the payloads of a temporal unit together.
 *
 * @returns The unit, and whether decoding can begin with it; undefined if a payload is shorter than
 * it says, or continues what has not begun.
 */
export function joinAv1(
  payloads: readonly Uint8Array[],
): { readonly parts: Uint8Array[]; readonly key: boolean } | undefined {
  const parts: Uint8Array[] = [DELIMITER];
  let open: Uint8Array[] | undefined;
  for (const payload of payloads) {
    const elements = readElements(payload);
    if (!elements) return;
    const [header = 0] = payload;
    for (const [index, element] of elements.entries()) {
      const continues = index === 0 && (header & CONTINUES_BEFORE) !== 0;
      if (continues !== (open !== undefined)) return;
      const pieces: Uint8Array[] = open ?? [];
      pieces.push(element);
      const isOpen = index === elements.length - 1 && (header & CONTINUES_AFTER) !== 0;
      open = isOpen ? pieces : undefined;
      if (!isOpen && !writeObu(concat(...pieces), parts)) return;
    }
  }
  if (open || parts.length === 1) return;
  return { parts, key: payloads[0] !== undefined && startsAv1Unit(payloads[0]) };
}

/** The OBUs of a payload, and the pieces of them. */
function readElements(payload: Uint8Array): Uint8Array[] | undefined {
  const [header = 0] = payload;
  const count = header >> COUNT_SHIFT & COUNT;
  const elements: Uint8Array[] = [];
  let at = 1;
  while (at < payload.length) {
    let end = payload.length;
    // Without a count each has its length; with one the last has none.
    if (count === 0 || elements.length < count - 1) {
      const size = readNumber(payload, at);
      if (!size) return;
      at += size.bytes;
      end = at + size.value;
    }
    if (end > payload.length || end === at) return;
    elements.push(payload.subarray(at, end));
    at = end;
  }
  return elements.length > 0 && (count === 0 || elements.length === count) ? elements : undefined;
}

/** Writes an OBU with its size, whether it had one or not. */
function writeObu(obu: Uint8Array, parts: Uint8Array[]): boolean {
  const [header = 0] = obu;
  if ((header >> 3 & 0x0f) === TEMPORAL_DELIMITER) return true; // there is one already
  const headerBytes = header & HAS_EXTENSION ? 2 : 1;
  if (obu.length < headerBytes) return false;
  let content = obu.subarray(headerBytes);
  if (header & HAS_SIZE) {
    const size = readNumber(content, 0);
    if (!size || size.bytes + size.value > content.length) return false;
    content = content.subarray(size.bytes, size.bytes + size.value);
  }
  const head = obu.slice(0, headerBytes);
  head[0] = header | HAS_SIZE;
  parts.push(head, writeNumber(content.length), content);
  return true;
}

/** Reads a number in LEB128. */
function readNumber(
  bytes: Uint8Array,
  at: number,
): { readonly value: number; readonly bytes: number } | undefined {
  let value = 0;
  for (let index = 0; index < MOST_NUMBER_BYTES; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) return;
    value |= (byte & 0x7f) << 7 * index;
    if (byte < 0x80) return { value, bytes: index + 1 };
  }
}

function writeNumber(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value > 0x7f; value >>= 7) bytes.push(value & 0x7f | 0x80);
  return Uint8Array.from([...bytes, value]);
}
