/**
 * Tells a signed request from its replay.
 *
 * @module
 */
import type { OnceStore } from "./once.ts";

/**
 * Uses a signature up; false when it was used before. All runners with a store in common know it.
 *
 * @param signature What the signature covers, or the signature where it can be written in one way only.
 * @param windowMs How far from its own time the request is taken, before and after.
 * @throws {RunnerError} `full` when there is no room to remember it.
 */
export async function useSignature(
  once: OnceStore,
  signature: string,
  windowMs: number,
): Promise<boolean> {
  // Sent ahead of its time, it is good for twice as long.
  return await once.add(`used:${signature}`, "", { ttl: 2 * windowMs }) === undefined;
}
