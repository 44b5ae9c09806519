/**
 * Reads a webhook's parameters.
 *
 * @module
 */
import type { CarrierCall } from "../core/carrier.ts";
import { RunnerError } from "../core/error.ts";
import { numbers, text } from "./fields.ts";

/** States of a call that has ended, as Twilio names them; Telnyx and Plivo use the same. */
const ENDED = ["completed", "busy", "failed", "no-answer", "canceled", "timeout", "cancel"];

/**
 * Makes a call of what a webhook tells.
 *
 * @throws {RunnerError} `bad_webhook` when the call's id is missing.
 */
export function webhookCall(
  carrier: string,
  call: { readonly callId: unknown; readonly from: unknown; readonly to: unknown },
): CarrierCall {
  const callId = text(call.callId);
  if (!callId) {
    throw new RunnerError("bad_webhook", `This is no call of ${carrier}: it has no id.`);
  }
  return { callId, ...numbers(call.from, call.to) };
}

/** Tells whether a state is that of a call which has ended. */
export function ended(callStatus: unknown): boolean {
  return typeof callStatus === "string" && ENDED.includes(callStatus);
}
