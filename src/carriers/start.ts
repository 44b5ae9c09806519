/**
 * Reads the message that begins a stream.
 *
 * @module
 */
import type { CallData } from "../core/bot.ts";
import { RunnerError } from "../core/error.ts";
import { type Fields, fields, numbers, text } from "./fields.ts";

/** A message that begins the stream of some carrier. */
export interface StartMessage {
  /** The whole message. */
  readonly raw: Fields;
  /** Its `start`. */
  readonly start: Fields;
}

/** The parts of a message that begins a stream; undefined when it is another message. */
export function startMessage(message: unknown): StartMessage | undefined {
  const raw = fields(message);
  const start = fields(raw?.start);
  // Some senders leave `event` out; one that is there has to be right.
  const begins = raw?.event === undefined || raw.event === "start";
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
 * Makes the data of a call. Numbers that the carrier does not tell are looked for in the body, where
 * the webhook's answer has put them.
 *
 * @throws {RunnerError} `bad_start` when an id is missing.
 */
export function callData(carrier: string, call: CallFields): CallData {
  const { body, raw } = call;
  const [streamId, callId] = [text(call.streamId), text(call.callId)];
  if (!streamId || !callId) {
    const missing = streamId ? "call" : "stream";
    throw badStart(`The first message of ${carrier} has no id of the ${missing}.`);
  }
  const told = numbers(call.from ?? body.from_number, call.to ?? body.to_number);
  return { streamId, callId, ...told, body, raw };
}

/**
 * The sample rate of a stream in Hz, given as a number or as text; 8000 when it is not given.
 *
 * @throws {RunnerError} `bad_start` when it is no rate for speech.
 */
export function sampleRateOf(value: unknown, carrier: string): number {
  if (value === undefined || value === null || value === "") return 8_000;
  const rate = typeof value === "string" ? Number(value) : value;
  if (typeof rate === "number" && Number.isInteger(rate) && rate >= 8_000 && rate <= 48_000) {
    return rate;
  }
  throw badStart(`${carrier} announced a sample rate that is not from 8000 to 48000 Hz.`);
}

/** The error of a stream that cannot be used. */
export function badStart(detail: string): RunnerError {
  return new RunnerError("bad_start", detail);
}
