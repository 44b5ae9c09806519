/**
 * A process of a fleet as text, for whoever keeps it outside of this process.
 *
 * @module
 */
import type { FleetNode } from "../core/fleet.ts";

/** What a process tells of itself, as JSON; its origin stands apart. */
export function nodeToJson({ ready, sessions, promised, maxSessions }: FleetNode): string {
  const limit = maxSessions === Infinity ? {} : { maxSessions }; // JSON has no Infinity
  return JSON.stringify({ ready, sessions, promised, ...limit });
}

/** Reads what {@link nodeToJson} has written. */
export function nodeFromJson(origin: string, json: string): FleetNode {
  const told: Omit<FleetNode, "origin" | "maxSessions"> & { readonly maxSessions?: number } = JSON
    .parse(json);
  return { maxSessions: Infinity, ...told, origin };
}
