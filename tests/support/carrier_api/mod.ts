/**
 * The APIs of all carriers.
 */
import type { TelephonyTransportName } from "../../../src/core/bot.ts";
import { type CarrierApi, listen, type RunningApi } from "./api.ts";
import { asterisk } from "./asterisk.ts";
import { exotel } from "./exotel.ts";
import { plivo } from "./plivo.ts";
import { telnyx } from "./telnyx.ts";
import { twilio } from "./twilio.ts";
import { vonage } from "./vonage.ts";

const APIS: Readonly<Record<TelephonyTransportName, CarrierApi>> = {
  twilio,
  telnyx,
  plivo,
  exotel,
  vonage,
  asterisk,
};

export type { ApiCall, RunningApi } from "./api.ts";

/** Lets the API of a carrier listen. */
export function carrierApi(name: TelephonyTransportName): RunningApi {
  return listen(APIS[name]);
}
