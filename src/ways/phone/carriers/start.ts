/**
 * Reads the message that begins a stream.
 *
 * @module
 */
import { RunnerError } from "../../../core/error.ts";
import type { CarrierAudio, CarrierStart } from "../../../core/carrier.ts";
import { field, type Fields, fields, numbers, text } from "./fields.ts";

/** A message that begins the stream of some carrier. */
export interface StartMessage {
  /** The whole message. */
  readonly raw: Fields;
  /** Its `start`. */
  readonly start: Fields;
}

/** The parts of a message that begins a stream; undefined for any other message. */
export function startMessage(message: unknown): StartMessage | undefined {
  const raw = fields(message);
  const start = fields(raw?.start);
  // Some senders leave out `event`; if present, it must be right.
  const begins = raw?.event === undefined || text(raw.event)?.toLowerCase() === "start";
  return raw && start && begins ? { raw, start } : undefined;
}

/** What {@link callData} is made of. */
export interface CallFields {
  readonly streamId: unknown;
  readonly callId: unknown;
  readonly from?: unknown;
  readonly to?: unknown;
  readonly body: Fields;
  readonly raw: Fields;
}

/**
 * Makes the data of a call. Numbers that the carrier does not send are looked up in the body, where
 * the webhook's answer put them.
 *
 * @throws {RunnerError} `bad_start` if an id is missing.
 */
export function callData(carrier: string, call: CallFields): CarrierStart["callData"] {
  const { body, raw } = call;
  const [streamId, callId] = [text(call.streamId), text(call.callId)];
  if (!streamId || !callId) {
    const missing = streamId ? "call" : "stream";
    throw badStart(`The first message from ${carrier} has no id for the ${missing}.`);
  }
  const told = numbers(call.from ?? body.from_number, call.to ?? body.to_number);
  return { streamId, callId, ...told, body, raw };
}

/**
 * The sample rate of a stream in Hz, from a number or a string; 8000 if it is missing.
 *
 * @throws {RunnerError} `bad_start` if it is not a rate for speech.
 */
function sampleRateOf(value: unknown, carrier: string): number {
  if (value === undefined || value === null || value === "") return 8_000;
  const rate = typeof value === "string" ? Number(value) : value;
  if (typeof rate === "number" && Number.isInteger(rate) && rate >= 8_000 && rate <= 48_000) {
    return rate;
  }
  throw badStart(`${carrier} announced a sample rate outside 8000 to 48000 Hz.`);
}

/** The format of a stream, as it announces it. */
export interface MediaFormat {
  /** Undefined if it is not announced. */
  readonly encoding: CarrierAudio["encoding"] | "unknown" | undefined;
  readonly sampleRate: number;
}

/** What carriers and their imitators call the codecs. */
const ENCODINGS: Readonly<Record<string, CarrierAudio["encoding"]>> = {
  "pcmu": "mulaw",
  "mulaw": "mulaw",
  "ulaw": "mulaw",
  "x-mulaw": "mulaw",
  "pcma": "alaw",
  "alaw": "alaw",
  "x-alaw": "alaw",
  "l16": "l16",
  "x-l16": "l16",
};

/**
 * Reads a format such as `{ encoding: "audio/x-l16;rate=16000", sampleRate: "16000" }`, with the
 * rate in either place.
 *
 * @throws {RunnerError} `bad_start` if the rate is not one for speech.
 */
export function mediaFormat(format: unknown, rateName: string, carrier: string): MediaFormat {
  const told = fields(format) ?? {};
  const codec = field(told, "encoding") ?? "";
  const [name = "", ...parameters] = typeof codec === "string"
    ? codec.toLowerCase().split(";")
    : ["unknown"];
  const rate = parameters.map((one) => /^ *rate=(\d+)$/.exec(one)?.[1]).find(Boolean);
  const key = name.trim().replace(/^audio\//, "");
  return {
    encoding: key === "" ? undefined : Object.hasOwn(ENCODINGS, key) ? ENCODINGS[key] : "unknown",
    sampleRate: sampleRateOf(field(told, rateName) ?? rate, carrier),
  };
}

/** The error of a stream that cannot be used. */
export function badStart(detail: string): RunnerError {
  return new RunnerError("bad_start", detail);
}
