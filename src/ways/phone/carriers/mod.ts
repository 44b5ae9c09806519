/**
 * The phone companies.
 *
 * @module
 */
import type { Carrier } from "../../../core/carrier.ts";
import type { TelephonyTransportName } from "../../../core/transport_names.ts";
import { asterisk } from "./asterisk.ts";
import { exotel } from "./exotel.ts";
import { plivo } from "./plivo.ts";
import { telnyx } from "./telnyx.ts";
import { twilio } from "./twilio.ts";
import { vonage } from "./vonage.ts";

/**
 * Every carrier, by its name. A new one is a file beside this one, a line here, and its name in
 * `core/transport_names.ts`: all other lists are derived from these.
 */
export const CARRIERS: Readonly<Record<TelephonyTransportName, Carrier>> = {
  twilio,
  telnyx,
  plivo,
  exotel,
  vonage,
  asterisk,
};
