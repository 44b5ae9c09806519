/**
 * Reads a webhook's parameters.
 *
 * @module
 */
import type { CallDetails } from "../../../core/bot.ts";
import type { CarrierCall, CarrierWebhook } from "../../../core/carrier.ts";
import { RunnerError } from "../../../core/error.ts";
import type { AnsweredBy, CallDirection } from "../../../core/phone_call.ts";
import { type Fields, numbers, text } from "./fields.ts";

/** States of a call that has ended, as Twilio names them; the others use the same. */
const ENDED = ["completed", "busy", "failed", "no-answer", "canceled", "timeout", "cancel"];
/** The longest id of a call: all that is remembered of calls is found by it. */
const LONGEST_ID = 256;

/** What a webhook says about a call, unchanged. */
export interface WebhookFields {
  readonly callId: unknown;
  readonly from: unknown;
  readonly to: unknown;
  readonly details?: CallDetails;
}

/**
 * Makes a call from what a webhook says.
 *
 * @throws {RunnerError} `bad_webhook` if the call's id is missing, or longer than 256 characters.
 */
export function webhookCall(carrier: string, fields: WebhookFields): CarrierCall {
  const callId = text(fields.callId);
  if (!callId) {
    throw new RunnerError("bad_webhook", `This is not a call from ${carrier}: it has no id.`);
  }
  if (callId.length > LONGEST_ID) {
    const detail =
      `This is not a call from ${carrier}: its id has more than ${LONGEST_ID} characters.`;
    throw new RunnerError("bad_webhook", detail);
  }
  return { callId, ...numbers(fields.from, fields.to), ...fields.details };
}

/** Makes news of a call, which may not say which call it is. */
export function webhookNews(
  callId: unknown,
  over: boolean,
  answeredBy?: AnsweredBy,
): CarrierWebhook {
  const id = text(callId);
  return {
    kind: "news",
    ...(id && id.length <= LONGEST_ID ? { callId: id } : {}),
    ...(over ? { over } : {}),
    ...(answeredBy ? { answeredBy } : {}),
  };
}

/** Who has called whom, by any of the words that carriers have for it. */
export function directionOf(told: unknown): CallDirection | undefined {
  if (typeof told !== "string" || told === "") return undefined;
  return /^out/i.test(told) ? "outbound" : "inbound";
}

/** What Twilio found out of who answered, in its field `AnsweredBy`; TeXML says the same. */
export function twilioVerdict(told: unknown): AnsweredBy | undefined {
  const raw = text(told);
  if (raw === undefined) return undefined;
  const [, who = "unknown", greetingEnded] =
    /^(human|machine|fax)(?:_(?:start|end_(beep|silence|other)))?$/.exec(raw) ?? [];
  // True: the pattern has no other words.
  return { who, ...(greetingEnded ? { greetingEnded } : {}), raw } as AnsweredBy;
}

/** Tells whether a state is that of a call which has ended. */
export function ended(callStatus: unknown): boolean {
  return typeof callStatus === "string" && ENDED.includes(callStatus.toLowerCase());
}

/** The details that a webhook contains, of all possible ones. */
export function callDetails(
  told: Partial<Record<Exclude<keyof CallDetails, "sipHeaders" | "answeredBy">, unknown>> & {
    readonly sipHeaders?: Readonly<Record<string, string>>;
    readonly answeredBy?: AnsweredBy | undefined;
  },
): CallDetails {
  const { sipHeaders = {}, answeredBy, ...texts } = told;
  const known = Object.entries(texts).filter(([, value]) => text(value) !== undefined);
  return {
    ...Object.fromEntries(known),
    ...(answeredBy ? { answeredBy } : {}),
    ...(Object.keys(sipHeaders).length > 0 ? { sipHeaders } : {}),
  };
}

/** The SIP headers among the parameters, without their prefix. */
export function prefixedHeaders(parameters: Fields, prefix: RegExp): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, value]) =>
      prefix.test(name) && typeof value === "string" ? [[name.replace(prefix, ""), value]] : []
    ),
  );
}

/**
 * Tells whether a TwiML or TeXML webhook is a callback, which wants no document: of progress, a
 * stream, a recording, a transcription, an answering machine, a conference.
 */
export function isCallback(parameters: Fields): boolean {
  return CALLBACK_FIELDS.some((name) => parameters[name] !== undefined) ||
    INTERIM.includes(text(parameters.CallStatus) ?? "") || isMachineCallback(parameters);
}

/** Fields that only callbacks have, after Twilio's and Telnyx's references. */
const CALLBACK_FIELDS = [
  "CallbackSource", // always "call-progress-events"
  "SequenceNumber",
  "StatusCallbackEvent", // conferences
  "StreamEvent",
  "SiprecEvent",
  "TranscriptionEvent", // <Start><Transcription>
  "TranscriptionSid",
  "TranscriptionStatus",
  "TranscriptionText",
  "RecordingSid",
  "RecordingStatus",
  "RecordingEvent",
  "MachineDetectionDuration",
  "UserDefinedMessageSid",
];

/** States that only progress reports. */
const INTERIM = ["initiated", "answered"];

/**
 * Who answered is reported with the document's own request, which has the direction, or separately.
 */
function isMachineCallback({ AnsweredBy, Direction }: Fields): boolean {
  return AnsweredBy !== undefined && Direction === undefined;
}
