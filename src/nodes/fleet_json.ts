/**
 * A process of a fleet as text, for storage outside this process.
 *
 * @module
 */
import type { FleetNode } from "../core/fleet.ts";
import { parseJson } from "../core/json.ts";

/** What a process announces, as JSON; its origin is stored separately. */
export function nodeToJson({ ready, sessions, promised, maxSessions }: FleetNode): string {
  const limit = maxSessions === Infinity ? {} : { maxSessions }; // JSON has no Infinity
  return JSON.stringify({ ready, sessions, promised, ...limit });
}

/**
 * Reads what {@link nodeToJson} wrote; undefined for anything else, so that one process of another
 * version, or an unrelated key, does not hide all the others.
 */
export function nodeFromJson(origin: string, json: string): FleetNode | undefined {
  const told = Object(parseJson(json));
  const { ready, sessions, promised, maxSessions = Infinity } = told;
  const counts = [sessions, promised, maxSessions];
  if (typeof ready !== "boolean" || !counts.every(isCount)) return undefined;
  return { origin, ready, sessions, promised, maxSessions };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && value >= 0;
}
