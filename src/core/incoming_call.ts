/**
 * A call that is waiting to be answered.
 *
 * @module
 */
import type { TelephonyTransportName } from "./bot.ts";
import type { CarrierCall } from "./carrier.ts";

/** A call as `onCall` sees it, before it is answered. */
export interface IncomingCall extends CarrierCall {
  /** The name of the called bot, if the runner has several. */
  readonly bot?: string;
  /** The carrier. */
  readonly carrier: TelephonyTransportName;
  /** Everything in the webhook, under the carrier's own names: query, form or JSON. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What happens to a call: it is answered, with the session's `body`, or rejected. */
export type CallDecision =
  | { readonly body: unknown }
  /** Words for the caller, if the carrier can say them; empty for none. */
  | { readonly reject: string };

/**
 * Decides on a call. Without a decision the call is answered, and the session's `body` is the
 * webhook's parameters with `from_number` and `to_number`.
 */
export type OnCall = (
  call: IncomingCall,
) => CallDecision | undefined | void | Promise<CallDecision | undefined | void>;
