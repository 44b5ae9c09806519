/**
 * Tells a signed request from its replay.
 *
 * @module
 */
import type { OnceStore } from "./once.ts";

/**
 * Uses a signature up; false if it was used before. All runners that share a store know it.
 *
 * @param signature What the signature covers, or the signature if it has only one spelling.
 * @param windowMs How far from its own time the request is accepted, before and after.
 * @throws {RunnerError} `full` if there is no room to remember it.
 */
export async function useSignature(
  once: OnceStore,
  signature: string,
  windowMs: number,
): Promise<boolean> {
  // Sent ahead of its time, it is valid for twice as long.
  return await once.add(`used:${signature}`, "", { ttl: 2 * windowMs }) === undefined;
}
