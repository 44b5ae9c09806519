/**
 * What stores outside of this process are given.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";

/**
 * The JSON of what is to be stored.
 *
 * @param most The most bytes that it may have.
 * @throws {RunnerError} `too_large` when it has more.
 */
export function storedJson(value: unknown, most: number): string {
  const json = JSON.stringify(value);
  // A character has three bytes at most; four bytes are two characters.
  if (json.length * 3 > most && new TextEncoder().encode(json).length > most) {
    throw new RunnerError("too_large", `The session is larger than ${most} bytes.`);
  }
  return json;
}
