/**
 * Whom a call may be dialled to, or transferred to.
 *
 * @module
 */
import { RunnerError } from "../../core/error.ts";

/**
 * A number in international format (E.164): no carrier accepts another format, and none is shorter.
 */
const NUMBER = /^\+[1-9]\d{6,14}$/;
/** A number to show may be one that only its own country knows, such as an ExoPhone. */
const OWN_NUMBER = /^\+?\d{3,15}$/;
/** A SIP address without headers, which could tell the callee anything. */
const SIP_ADDRESS = /^sips?:[\w.!~*'()&=+$-]{1,64}@[\w.-]{1,253}(:\d{1,5})?(;transport=\w{2,4})?$/i;
/** An extension of a dialplan. */
const EXTENSION = /^[\w*#]{1,40}$/;

/** The country codes (ITU-T E.164): each begins a number, and none begins another. */
const COUNTRY = /^\+(?:[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})/;

/** Which numbers may be called: those that begin so; `true` for all. */
export type DialPrefixes = readonly string[] | true;

/** Tells whether this is a SIP address. */
export function isSipAddress(to: string): boolean {
  return SIP_ADDRESS.test(to);
}

/**
 * Checks the number to call.
 *
 * @throws {RunnerError} `bad_number`; the message does not repeat it.
 */
export function checkNumber(to: string): void {
  if (!NUMBER.test(to)) throw badNumber("Write the number to call as +15551234567.");
}

/**
 * Checks the number to show.
 *
 * @throws {RunnerError} `bad_number`; the message does not repeat it.
 */
export function checkOwnNumber(from: string): void {
  if (!OWN_NUMBER.test(from)) throw badNumber("Write the number to show as +15551234567.");
}

/**
 * Checks the destination of a transfer: a number, a SIP address, or an extension if there are any.
 *
 * @throws {RunnerError} `bad_number`; the message does not repeat it.
 */
export function checkDestination(to: string, hasExtensions = false): void {
  if (NUMBER.test(to) || (hasExtensions ? EXTENSION.test(to) : isSipAddress(to))) return;
  const other = hasExtensions ? "100" : "sip:desk@example.com";
  throw badNumber(`Write where to transfer the call as +15551234567 or ${other}.`);
}

function badNumber(detail: string): RunnerError {
  return new RunnerError("bad_number", detail);
}

/**
 * Checks that a number may be called. Anyone who can have any number called can earn money with
 * their own. So without prefixes, it must be in the country of the number shown.
 *
 * @throws {RunnerError} `number_not_allowed`.
 */
export function checkAllowed(to: string, from: string, prefixes?: DialPrefixes): void {
  const country = COUNTRY.exec(from)?.[0];
  const allowed = prefixes ?? (country === undefined ? [] : [country]);
  if (allowed === true || allowed.some((prefix) => to.startsWith(prefix))) return;
  throw new RunnerError(
    "number_not_allowed",
    `Only numbers that begin with ${
      allowed.join(", ") || "a prefix"
    } may be called (dialPrefixes, --dial-prefixes).`,
  );
}
