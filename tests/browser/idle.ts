/**
 * Waits for sessions to end, in tests.
 *
 * @module
 */
import type { Runner } from "../../src/runner.ts";

/**
 * Waits until no session runs; resolves with the seconds that took.
 *
 * @throws {Error} When one still runs after `milliseconds`.
 */
export async function untilIdle(
  { sessions }: Runner,
  milliseconds: number,
): Promise<number> {
  const began = performance.now();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`A session still runs after ${milliseconds} ms.`)),
    milliseconds,
  );
  try {
    await Promise.race([
      late,
      Promise.all(Array.from(sessions, ({ done }) => done)),
    ]);
  } finally {
    clearTimeout(timer);
  }
  if (sessions.size > 0) throw new Error("Another session has begun.");
  return Math.round(performance.now() - began) / 1000;
}
