/**
 * The format in which stores outside this process get and return records.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { parseJson } from "../core/json.ts";
import type { SessionRecord } from "./store.ts";

/**
 * The JSON of what is to be stored.
 *
 * @param most The most bytes it may have.
 * @throws {RunnerError} `too_large` if it has more.
 */
export function storedJson(value: unknown, most: number): string {
  const json = JSON.stringify(value);
  // A character has three bytes at most; four bytes are two characters.
  if (json.length * 3 > most && new TextEncoder().encode(json).length > most) {
    throw new RunnerError("too_large", `The session is larger than ${most} bytes.`);
  }
  return json;
}

/** The record in some JSON; undefined if somebody else has written something else. */
export function storedRecord(json: string): SessionRecord | undefined {
  const value = parseJson(json);
  return isRecord(value) ? value : undefined;
}

function isRecord(value: unknown): value is SessionRecord {
  return typeof value === "object" && value !== null && "id" in value && "transport" in value &&
    typeof value.id === "string" && typeof value.transport === "string";
}
