/**
 * Waits, but not longer than a session lives.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";

/** When to give up. */
export interface Limit {
  /** Ends the wait when it aborts. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** The longest wait, in ms. Default: forever. */
  readonly atMostMs?: number;
}

/** Resolves as the promise does, or with undefined if the limit is reached first. */
export function until<T>(promise: Promise<T>, limit: Limit): Promise<T | undefined> {
  const { signal, clock, atMostMs } = limit;
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      signal.removeEventListener("abort", give);
      cancel?.();
      settle();
    };
    const give = () => finish(() => resolve(undefined));
    const cancel = atMostMs === undefined ? undefined : clock.schedule(give, atMostMs);
    promise.then((value) => finish(() => resolve(value)), (error) => finish(() => reject(error)));
    if (signal.aborted) give();
    else signal.addEventListener("abort", give, { once: true });
  });
}

/** Resolves at a time of the clock, or when the signal aborts. */
export async function sleepUntil(
  time: number,
  limit: Omit<Limit, "atMostMs">,
): Promise<void> {
  const atMostMs = time - limit.clock.now();
  if (atMostMs > 0) await until(new Promise(() => {}), { ...limit, atMostMs });
}
