/**
 * The keys of a phone.
 *
 * @module
 */

/** The sixteen keys, each at the index of its event code (RFC 4733, section 3.2). */
export const KEYS = "0123456789*#ABCD";

/** Tells whether a text is one key. */
export function isKey(text: string): boolean {
  return text.length === 1 && KEYS.includes(text);
}

/** Tells whether a text is one key or more. */
export function areKeys(text: string): boolean {
  return /^[\d*#A-D]+$/.test(text);
}
