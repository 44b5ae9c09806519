/**
 * What the carriers' messages have in common.
 *
 * @module
 */
import type { CarrierEvent } from "../../../core/carrier.ts";
import type { Message } from "../../../core/duplex.ts";
import { decodeBase64Into, type Scratch } from "../../../core/base64.ts";
import { parseJson } from "../../../core/json.ts";
import { isKey } from "../../../core/keys.ts";
import type { Codec } from "./codec.ts";
import { type Fields, fields, text } from "./fields.ts";

/** Reads the messages of one carrier, by the name of their event. */
export type EventReaders = Readonly<Record<string, (message: Fields) => CarrierEvent>>;

/** An irrelevant message. */
export const IGNORED: CarrierEvent = { type: "ignored" };
/** The end of the stream. */
export const STOP: CarrierEvent = { type: "stop" };

/**
 * Reads a message of JSON with the reader of its event. It never throws; unknown events are ignored.
 */
export function readEvent(message: Message, readers: EventReaders): CarrierEvent {
  // Some senders frame their text as bytes.
  const parsed = fields(parseJson(typeof message === "string" ? message : utf8.decode(message)));
  return parsed ? readFields(parsed, readers) : malformed("not a JSON object");
}

/** As {@link readEvent}, of a message that was parsed. */
export function readFields(parsed: Fields, readers: EventReaders): CarrierEvent {
  const { event } = parsed;
  if (typeof event !== "string") return malformed("a message without an event");
  if (Object.hasOwn(readers, event)) return readers[event]!(parsed);
  const read = Object.entries(readers).find(([name]) => name.toLowerCase() === event.toLowerCase());
  return read ? read[1](parsed) : IGNORED;
}

const utf8 = new TextDecoder();

/** A message that cannot be used; the detail repeats nothing of it. */
export function malformed(detail: string): CarrierEvent {
  return { type: "malformed", detail };
}

/** How a carrier describes its media. */
export interface MediaOptions {
  readonly codec: Codec;
  /** Samples per second, in Hz. */
  readonly sampleRate: number;
  /** The timestamps are those of the wall clock. */
  readonly epoch?: boolean;
  /** Messages may come out of order, and their `chunk` shows it. */
  readonly unordered?: boolean;
}

/** The bytes of the message that is being read; a message is read in one go. */
const scratch: Scratch = {};

/** Makes the reader of `media` messages. Audio of the bot's own track is ignored. */
export function mediaReader(options: MediaOptions): (message: Fields) => CarrierEvent {
  const { codec, sampleRate, epoch = false, unordered = false } = options;
  let origin: number | undefined = epoch ? undefined : 0;
  let end = 0; // of the audio so far, in ms: the time of a message that does not tell its own
  return (message) => {
    const media = fields(message.media);
    const payload = media?.payload;
    if (typeof payload !== "string") return malformed("media without a payload");
    if (typeof media?.track === "string" && media.track.startsWith("outbound")) return IGNORED;
    const bytes = decodeBase64Into(scratch, payload);
    if (!bytes) return malformed("media that is not base64");
    if (bytes.length % codec.bytesPerSample !== 0) return malformed("media with half a sample");
    if (bytes.length === 0) return IGNORED;
    const samples = codec.decode(bytes);
    const told = count(media?.timestamp);
    if (told !== undefined) origin ??= told;
    const timestamp = told === undefined ? end : Math.max(0, told - (origin ?? 0));
    end = timestamp + samples.length / sampleRate * 1000;
    const chunk = unordered ? count(media?.chunk) : undefined;
    return chunk === undefined
      ? { type: "media", samples, timestamp }
      : { type: "media", samples, timestamp, chunk };
  };
}

/**
 * Makes the reader of messages that are only audio. They have no time: each begins where the
 * previous one ended.
 */
export function sampleReader(
  { codec, sampleRate }: Pick<MediaOptions, "codec" | "sampleRate">,
): (bytes: Uint8Array<ArrayBuffer>) => CarrierEvent {
  let heard = 0;
  return (bytes) => {
    if (bytes.length % codec.bytesPerSample !== 0) return malformed("media with half a sample");
    if (bytes.length === 0) return IGNORED;
    const samples = codec.decode(bytes);
    const timestamp = heard / sampleRate * 1000;
    heard += samples.length;
    return { type: "media", samples, timestamp };
  };
}

/** Reads a `dtmf` message. */
export function readDtmf(message: Fields): CarrierEvent {
  return keyOf(fields(message.dtmf)?.digit);
}

/** The key of that name. */
export function keyOf(value: unknown): CarrierEvent {
  const digit = text(value);
  return digit && isKey(digit) ? { type: "dtmf", digit } : malformed("a key that does not exist");
}

/** Reads a `mark` message. */
export function readMark(message: Fields): CarrierEvent {
  return markOf(fields(message.mark)?.name);
}

/** The mark of that name. */
export function markOf(value: unknown): CarrierEvent {
  const name = text(value);
  return name ? { type: "mark", name } : malformed("a mark without a name");
}

/** A number from 0, given as one or as text. */
function count(value: unknown): number | undefined {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && number >= 0 && number < Infinity ? number : undefined;
}
