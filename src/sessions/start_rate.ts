/**
 * How often each client may begin a session.
 *
 * @module
 */

/**
 * How many sessions one network address may begin in a minute where nothing else is set: more than
 * a house full of people begins, and few enough that one address does not fill a runner.
 */
export const STARTS_PER_MINUTE = 120;

const MINUTE_MS = 60_000;
/** The most clients that are remembered; the one that was not heard of for longest makes room. */
const MOST_CLIENTS = 10_000;

/** Counts what each client begins. */
export interface StartRate {
  /**
   * Lets a client begin a session, and returns 0; or returns the seconds that it has to wait.
   *
   * @param starts What it costs, in starts; no more than a minute has. Default: 1.
   */
  take(client: string, starts?: number): number;
  /** The seconds that a client would have to wait now, without letting it. */
  wait(client: string): number;
  /** How many clients are remembered. */
  readonly size: number;
}

/**
 * Makes a rate that knows no client yet. It holds one number for each: the time at which all that the
 * client began is paid for, at an even pace. Up to a minute of it may be owed.
 *
 * @param now The clock, in ms.
 */
export function startRate(perMinute: number, now: () => number): StartRate {
  const price = MINUTE_MS / perMinute;
  const paidAt = new Map<string, number>(); // in the order in which they were last let in
  const forget = (at: number) => {
    for (const [client, paid] of paidAt) {
      if (paid > at && paidAt.size <= MOST_CLIENTS) break;
      paidAt.delete(client);
    }
  };
  /** Until when a client has paid if it is let in now, and how long it has to wait for that, in s. */
  const bill = (
    client: string,
    at: number,
    starts = 1,
  ): { readonly paid: number; readonly wait: number } => {
    const paid = Math.max(paidAt.get(client) ?? at, at) + price * starts;
    const tooMuch = paid - at - MINUTE_MS;
    // Less than a millisecond is an error of rounding.
    return { paid, wait: tooMuch >= 1 ? Math.ceil(tooMuch / 1000) : 0 };
  };
  return {
    take(client, starts) {
      const at = now();
      const { paid, wait } = bill(client, at, starts);
      if (wait > 0) return wait;
      paidAt.delete(client);
      paidAt.set(client, paid);
      forget(at);
      return 0;
    },
    wait: (client) => bill(client, now()).wait,
    get size() {
      return paidAt.size;
    },
  };
}
