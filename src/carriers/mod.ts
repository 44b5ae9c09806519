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

/**
 * Every carrier, by its name, in the order in which they are shown. A new one is a file beside this
 * one and a line here: all other lists and types of carriers are made of this one.
 */
export const CARRIERS = {
  // All are declared so; it is said again because JSR and `deno pack` infer no types of their own.
  twilio: twilio as Carrier,
  telnyx: telnyx as Carrier,
  plivo: plivo as Carrier,
  exotel: exotel as Carrier,
};

/** The names of the carriers. */
export const CARRIER_NAMES: readonly TelephonyTransportName[] = Object.values(CARRIERS)
  .map(({ name }) => name);
