/**
 * JSON of strangers.
 *
 * @module
 */

const BYTE_ORDER_MARK = "\uFEFF";

/** Parses JSON, with or without a byte order mark; undefined if it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);
  } catch {
    return undefined; // the one thing that fails is text that is not JSON
  }
}
