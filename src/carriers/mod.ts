/**
 * The phone companies.
 *
 * @module
 */
import type { TelephonyTransportName } from "../core/bot.ts";
import type { Carrier } from "../core/carrier.ts";
import { exotel } from "./exotel.ts";
import { plivo } from "./plivo.ts";
import { telnyx } from "./telnyx.ts";
import { twilio } from "./twilio.ts";

/** Every carrier, by its name. A new one is a file beside this one, and a line here. */
export const CARRIERS: Readonly<Record<TelephonyTransportName, Carrier>> = {
  twilio,
  telnyx,
  plivo,
  exotel,
};
