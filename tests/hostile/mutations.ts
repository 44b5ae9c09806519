/**
 * Makes hostile messages of valid ones, by what is known of how these are built.
 */
import { concat } from "../../src/core/bytes.ts";

/** A place in a message. */
export interface Span {
  readonly at: number;
  readonly length: number;
}

/** How a message is built: what of it counts other bytes, and what could stand elsewhere. */
export interface Shape {
  /** Numbers of 1 to 4 bytes: lengths, counts and offsets. */
  readonly counts: readonly Span[];
  /** Parts, some of which may be within others. */
  readonly parts: readonly Span[];
}

/** Numbers from 0 to 1. */
export type Random = () => number;

/** What to make hostile messages with. */
export interface Material {
  readonly samples: readonly Uint8Array[];
  readonly shapeOf: (bytes: Uint8Array) => Shape;
  /** The longest message, in bytes. */
  readonly maxBytes: number;
}

const MOST_CHANGES = 4;
/** One in so many messages is as it should be, so that what follows meets a state that has moved on. */
const SOUND = 12;

/** Makes one message. */
export function hostileMessage({ samples, shapeOf, maxBytes }: Material, random: Random) {
  let bytes = pick(samples, random).slice();
  if (below(SOUND, random) === 0) return bytes;
  for (let left = 1 + below(MOST_CHANGES, random); left > 0; left--) {
    const change = pick(CHANGES, random);
    bytes = change(bytes, { shape: shapeOf(bytes), samples, maxBytes, random, shapeOf });
    if (bytes.length > maxBytes) bytes = bytes.slice(0, maxBytes);
  }
  return bytes;
}

/** An integer from 0 to below a limit. */
export function below(limit: number, random: Random): number {
  return Math.floor(random() * limit);
}

/** One of a list that has some. */
export function pick<T>(from: readonly T[], random: Random): T {
  return from[below(from.length, random)]!;
}

interface Situation extends Material {
  readonly shape: Shape;
  readonly random: Random;
}

type Change = (bytes: Uint8Array<ArrayBuffer>, situation: Situation) => Uint8Array<ArrayBuffer>;

const flipBits: Change = (bytes, { random }) => {
  for (let left = 1 + below(8, random); left > 0 && bytes.length > 0; left--) {
    bytes[below(bytes.length, random)]! ^= 1 << below(8, random);
  }
  return bytes;
};

const setByte: Change = (bytes, { random }) => {
  if (bytes.length > 0) bytes[below(bytes.length, random)] = pick([0, 1, 127, 128, 255], random);
  return bytes;
};

const miscount: Change = (bytes, { shape: { counts }, random }) => {
  if (counts.length === 0) return bytes;
  const { at, length } = pick(counts, random);
  const most = 2 ** (8 * length) - 1;
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 256 + (bytes[at + i] ?? 0);
  const left = bytes.length - at;
  const wrong = pick(
    [0, 1, 3, 4, value - 1, value + 1, 2 * value, left, left - 1, most, most - 1, most >>> 1],
    random,
  );
  for (let i = length - 1, rest = Math.max(0, wrong); i >= 0; i--, rest = Math.floor(rest / 256)) {
    if (at + i < bytes.length) bytes[at + i] = rest % 256;
  }
  return bytes;
};

const cut: Change = (bytes, { random }) => bytes.slice(0, below(bytes.length + 1, random));

const lengthen: Change = (bytes, { random }) => {
  const more = Uint8Array.from({ length: 1 + below(64, random) }, () => below(256, random));
  return concat(bytes, more);
};

const partOf = (bytes: Uint8Array, { shape: { parts }, random }: Situation): Span =>
  parts.length > 0 ? pick(parts, random) : { at: 0, length: bytes.length };

const drop: Change = (bytes, situation) => {
  const { at, length } = partOf(bytes, situation);
  return concat(bytes.subarray(0, at), bytes.subarray(at + length));
};

/** A part twice, or as often as there is room. */
const repeat: Change = (bytes, situation) => {
  const { at, length } = partOf(bytes, situation);
  const { random, maxBytes } = situation;
  const room = Math.floor((maxBytes - bytes.length) / Math.max(1, length));
  if (room < 1 || length === 0) return bytes;
  const times = random() < 0.8 ? 1 : 1 + below(room, random);
  const part = bytes.slice(at, at + length);
  const copies = new Uint8Array(part.length * times);
  for (let i = 0; i < times; i++) copies.set(part, i * part.length);
  return concat(bytes.subarray(0, at + length), copies, bytes.subarray(at + length));
};

const reorder: Change = (bytes, situation) => {
  const [a, b] = [partOf(bytes, situation), partOf(bytes, situation)]
    .sort((left, right) => left.at - right.at) as [Span, Span];
  if (a.at + a.length > b.at) return bytes;
  return concat(
    bytes.subarray(0, a.at),
    bytes.subarray(b.at, b.at + b.length),
    bytes.subarray(a.at + a.length, b.at),
    bytes.subarray(a.at, a.at + a.length),
    bytes.subarray(b.at + b.length),
  );
};

/** The beginning of one message with the end of another, each from one of their parts on. */
const splice: Change = (bytes, situation) => {
  const { samples, random, shapeOf } = situation;
  const other = pick(samples, random);
  const { at } = partOf(bytes, situation);
  const from = partOf(other, { ...situation, shape: shapeOf(other) });
  return concat(bytes.subarray(0, at), other.subarray(from.at));
};

/** A message within a part of another one. */
const nest: Change = (bytes, situation) => {
  const { at, length } = partOf(bytes, situation);
  const inner = pick(situation.samples, situation.random);
  const place = at + below(length + 1, situation.random);
  return concat(bytes.subarray(0, place), inner, bytes.subarray(place));
};

const CHANGES: readonly Change[] = [
  flipBits,
  setByte,
  miscount,
  miscount,
  miscount,
  cut,
  lengthen,
  drop,
  repeat,
  repeat,
  reorder,
  splice,
  nest,
];
