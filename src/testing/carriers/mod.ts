/**
 * The simulated carriers.
 *
 * @module
 */
import type { TelephonyTransportName } from "../../core/bot.ts";
import type { SimulatedCarrier } from "../simulated_carrier.ts";
import { asterisk } from "./asterisk.ts";
import { exotel } from "./exotel.ts";
import { plivo } from "./plivo.ts";
import { telnyx } from "./telnyx.ts";
import { twilio } from "./twilio.ts";
import { vonage } from "./vonage.ts";

/** The twin of every carrier, by its name. */
export const SIMULATED: Readonly<Record<TelephonyTransportName, SimulatedCarrier>> = {
  twilio,
  telnyx,
  plivo,
  exotel,
  vonage,
  asterisk,
};
