/**
 * Pipecat's protobuf frames, as `@pipecat-ai/websocket-transport` speaks them: a message `Frame` that
 * holds one of `text` 1, `audio` 2, `transcription` 3, `message` 4 or `interruption` 5.
 *
 * Only audio and messages travel: a browser's client sends no other kind and fails on any other.
 *
 * @module
 */
import type { AudioFrame } from "../core/frame.ts";

/** What a binary message turned out to be. */
export type ProtobufFrame =
  | AudioFrame
  /** The JSON of an app message, RTVI or other. */
  | { readonly type: "message"; readonly data: unknown }
  /** A kind of frame, known or not, that is not used here. */
  | { readonly type: "ignored" }
  | { readonly type: "malformed"; readonly detail: string };

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

const FRAME_AUDIO = 2;
const FRAME_MESSAGE = 4;
const AUDIO_NAME = 2;
const AUDIO_SAMPLES = 3;
const AUDIO_SAMPLE_RATE = 4;
const AUDIO_CHANNELS = 5;
const MESSAGE_DATA = 1;

const LOWEST_RATE = 8000;
const HIGHEST_RATE = 48_000;
/** `audio` with its tag and length, as every client of Pipecat names such a frame. */
const NAME_FIELD = [AUDIO_NAME << 3 | LENGTH_DELIMITED, 5, 97, 117, 100, 105, 111];

/** Reads a binary message. It never throws. */
export function decodeFrame(bytes: Uint8Array): ProtobufFrame {
  try {
    let kind = 0;
    let content = new Uint8Array(0);
    for (const field of fields(bytes)) {
      if (typeof field.value === "number") continue;
      // Of a `oneof` the last one counts.
      [kind, content] = [field.number, field.value];
    }
    if (kind === FRAME_AUDIO) return decodeAudio(content);
    if (kind === FRAME_MESSAGE) return decodeMessage(content);
    return { type: "ignored" };
  } catch (error) {
    // Only the readers of this file and JSON.parse throw here, and always an Error.
    return { type: "malformed", detail: (error as Error).message };
  }
}

/** Makes the binary message of an audio frame. */
export function encodeAudio(frame: Omit<AudioFrame, "type">): Uint8Array<ArrayBuffer> {
  const { samples, sampleRate, channels } = frame;
  const pcm = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  const head = [...NAME_FIELD, AUDIO_SAMPLES << 3 | LENGTH_DELIMITED, ...varint(pcm.length)];
  const tail = [
    AUDIO_SAMPLE_RATE << 3 | VARINT,
    ...varint(sampleRate),
    AUDIO_CHANNELS << 3 | VARINT,
    channels,
  ];
  return wrap(FRAME_AUDIO, head, pcm, tail);
}

/** Makes the binary message of an app message, which must be JSON. */
export function encodeMessage(data: unknown): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(JSON.stringify(data));
  return wrap(FRAME_MESSAGE, [MESSAGE_DATA << 3 | LENGTH_DELIMITED, ...varint(json.length)], json);
}

function wrap(
  kind: number,
  head: readonly number[],
  content: Uint8Array,
  tail: readonly number[] = [],
): Uint8Array<ArrayBuffer> {
  const length = head.length + content.length + tail.length;
  const outer = [kind << 3 | LENGTH_DELIMITED, ...varint(length)];
  const bytes = new Uint8Array(outer.length + length);
  bytes.set(outer);
  bytes.set(head, outer.length);
  bytes.set(content, outer.length + head.length);
  bytes.set(tail, bytes.length - tail.length);
  return bytes;
}

function decodeAudio(bytes: Uint8Array): ProtobufFrame {
  let pcm = new Uint8Array(0);
  let sampleRate = 0;
  let channels = 0;
  for (const { number, value } of fields(bytes)) {
    if (number === AUDIO_SAMPLES && typeof value !== "number") pcm = value;
    if (number === AUDIO_SAMPLE_RATE && typeof value === "number") sampleRate = value;
    if (number === AUDIO_CHANNELS && typeof value === "number") channels = value;
  }
  if (channels !== 1 && channels !== 2) throw new RangeError(`Audio of ${channels} channels.`);
  if (!(sampleRate >= LOWEST_RATE && sampleRate <= HIGHEST_RATE)) {
    throw new RangeError(`Audio of ${sampleRate} Hz.`);
  }
  if (pcm.length % (2 * channels) !== 0) throw new RangeError("Audio with half a sample.");
  // The copy begins at an even address, as 16-bit samples must; every host is little-endian.
  return { type: "audio", samples: new Int16Array(pcm.slice().buffer), sampleRate, channels };
}

function decodeMessage(bytes: Uint8Array): ProtobufFrame {
  let json = "";
  for (const { number, value } of fields(bytes)) {
    if (number === MESSAGE_DATA && typeof value !== "number") {
      json = new TextDecoder("utf-8", { fatal: true }).decode(value);
    }
  }
  return { type: "message", data: JSON.parse(json) };
}

interface Field {
  readonly number: number;
  /** A number modulo 2^32 for a varint, bytes for everything else. */
  readonly value: number | Uint8Array<ArrayBuffer>;
}

/** Takes a message apart; unknown fields are for the caller to skip. */
function* fields(bytes: Uint8Array): Generator<Field> {
  for (let at = 0; at < bytes.length;) {
    const tag = readVarint(bytes, at);
    const number = tag.value >>> 3;
    if (number === 0) throw new RangeError("A field without a number.");
    at = tag.end;
    const wireType = tag.value & 7;
    if (wireType === VARINT) {
      const { value, end } = readVarint(bytes, at);
      at = end;
      yield { number, value };
      continue;
    }
    let length = wireType === FIXED64 ? 8 : wireType === FIXED32 ? 4 : -1;
    if (wireType === LENGTH_DELIMITED) ({ value: length, end: at } = readVarint(bytes, at));
    if (length < 0) throw new RangeError(`A field has the unknown wire type ${wireType}.`);
    if (at + length > bytes.length) throw new RangeError("The frame is cut short.");
    // A WebSocket never delivers shared memory.
    yield { number, value: bytes.subarray(at, at + length) as Uint8Array<ArrayBuffer> };
    at += length;
  }
}

function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0;
  for (let at = start, shift = 0; shift < 70; at++, shift += 7) {
    const byte = bytes[at];
    if (byte === undefined) throw new RangeError("The frame is cut short.");
    if (shift < 32) value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value: value >>> 0, end: at + 1 };
  }
  throw new RangeError("A varint is longer than ten bytes.");
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push(rest & 0x7f | 0x80);
  return [...bytes, rest];
}
