/**
 * Reads the webhooks of Telnyx's two kinds of applications: events of Call Control, and TeXML.
 *
 * @module
 */
import type { CarrierWebhook } from "../../../core/carrier.ts";
import { decodeBase64 } from "../../../core/base64.ts";
import type { AnsweredBy } from "../../../core/phone_call.ts";
import { type Fields, fields, text } from "./fields.ts";
import {
  callDetails,
  directionOf,
  ended,
  isCallback,
  prefixedHeaders,
  twilioVerdict,
  webhookCall,
  webhookNews,
} from "./webhook.ts";

/**
 * Reads a webhook of either kind.
 *
 * @throws {RunnerError} `bad_webhook` if it is a call without its id.
 */
export function readTelnyxWebhook(parameters: Fields): CarrierWebhook {
  const event = fields(parameters.data) ?? ("event_type" in parameters ? parameters : undefined);
  return event ? readCallEvent(event) : readTexml(parameters);
}

/** Reads an event of Call Control. Most are news: of streams, machines, recordings, messages. */
function readCallEvent(event: Fields): CarrierWebhook {
  const payload = fields(event.payload) ?? {};
  const { call_control_id: callId, from, to, direction } = payload;
  if (event.event_type !== "call.initiated" || direction !== "incoming") {
    const over = event.event_type === "call.hangup";
    return webhookNews(callId, over, verdictOf(event.event_type, payload.result));
  }
  const details = callDetails({
    callerName: payload.caller_id_name,
    forwardedFrom: payload.forwarded_from ?? payload.rdnis,
    attestation: payload.shaken_stir_attestation,
    clientState: decodedState(payload.client_state),
    sipHeaders: { ...namedValues(payload.sip_headers), ...namedValues(payload.custom_headers) },
  });
  const call = webhookCall("Telnyx", { callId, from, to, details });
  return { kind: "call", call, byCommand: true };
}

function readTexml(parameters: Fields): CarrierWebhook {
  const { CallSid: callId, From: from, To: to, CallStatus } = parameters;
  if (ended(CallStatus)) return webhookNews(callId, true);
  // TeXML asks for a document with no word of who answered.
  if (isCallback(parameters) || parameters.AnsweredBy !== undefined) {
    return webhookNews(callId, false, twilioVerdict(parameters.AnsweredBy));
  }
  const details = callDetails({
    direction: directionOf(parameters.Direction ?? parameters.CallDirection),
    callerName: parameters.CallerName ?? parameters.CallerId,
    forwardedFrom: parameters.ForwardedFrom,
    parentCallId: parameters.ParentCallSid,
    attestation: parameters.ShakenStirAttestation,
    clientState: decodedState(parameters.ClientState),
    sipHeaders: prefixedHeaders(parameters, /^SipHeader_/i),
  });
  return { kind: "call", call: webhookCall("Telnyx", { callId, from, to, details }) };
}

/** What an event of the machine detection says: who it is, or how a machine's greeting ended. */
function verdictOf(type: unknown, result: unknown): AnsweredBy | undefined {
  const [, told] =
    /^call\.machine\.(?:premium\.)?(detection|greeting)\.ended$/.exec(text(type) ?? "") ?? [];
  const raw = text(result);
  if (!told || raw === undefined) return undefined;
  if (told === "detection") {
    const [, who = "unknown"] = /^(human|machine|fax)(?:_|$)/.exec(raw) ?? [];
    return { who, raw } as AnsweredBy; // true: the pattern has no other words
  }
  const greetingEnded = raw === "beep_detected" ? "beep" : raw === "ended" ? "silence" : "other";
  return { who: "machine", greetingEnded, raw };
}

/** `client_state` is base64 by Telnyx's rule; anything else is passed on unchanged. */
export function decodedState(state: unknown): string | undefined {
  const encoded = text(state);
  const bytes = encoded && decodeBase64(encoded);
  return bytes ? new TextDecoder().decode(bytes) : encoded;
}

/** Headers as a list of `{ name, value }`. */
function namedValues(list: unknown): Record<string, string> {
  const headers = Array.isArray(list) ? list : [];
  return Object.fromEntries(headers.flatMap((header) => {
    const { name, value } = fields(header) ?? {};
    return typeof name === "string" && typeof value === "string" ? [[name, value]] : [];
  }));
}
