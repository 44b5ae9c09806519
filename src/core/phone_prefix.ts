/**
 * Reads what phone numbers begin with.
 *
 * @module
 */

/** The beginning of numbers that a text is, such as `+1555`; undefined for any other text. */
export function prefixOf(text: string): string | undefined {
  return /^\s*(\+[1-9]\d{0,14})\s*$/.exec(text)?.[1];
}
