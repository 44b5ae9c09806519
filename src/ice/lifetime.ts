/**
 * How long credentials are valid.
 *
 * @module
 */
import { badOption } from "../core/options.ts";

/** A day, in s: what draft-uberti-behave-turn-rest-00, section 2.2, recommends. */
export const DAY_S = 86_400;

/**
 * Checks a lifetime in s.
 *
 * @throws {RunnerError} `bad_option`
 */
export function lifetimeOf(seconds: number, most: number): number {
  if (Number.isInteger(seconds) && seconds >= 60 && seconds <= most) return seconds;
  throw badOption("ttlSeconds", `a whole number from 60 to ${most}`, seconds);
}

/**
 * Checks a secret, or what names it; the message never contains it.
 *
 * @throws {RunnerError} `bad_option`
 */
export function givenText(name: string, value: string): string {
  if (typeof value === "string" && value !== "") return value; // often from an environment
  throw badOption(name, "a non-empty string");
}
