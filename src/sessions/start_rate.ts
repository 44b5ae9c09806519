/**
 * How often each client may begin a session.
 *
 * @module
 */
import type { FleetRate } from "../core/fleet.ts";

/**
 * How many sessions one network address may begin in a minute where nothing else is set: more than
 * a house full of people begins, and few enough that one address does not fill a runner.
 */
export const STARTS_PER_MINUTE = 120;

const MINUTE_MS = 60_000;
/** The most clients that are remembered; the one that was not heard of for longest makes room. */
const MOST_CLIENTS = 10_000;

/** What beginning something costs. */
export interface Bill {
  /** Until when all is paid for, if it is begun. */
  readonly paid: number;
  /** How long it has to wait, in ms; 0 when it may begin now. */
  readonly waitMs: number;
}

/**
 * Reckons what some starts cost. A rate is one number for each client: the time at which all that it
 * began is paid for, at an even pace. Up to a window of it may be owed. (It is the generic cell rate
 * algorithm of ITU-T I.371.)
 *
 * @param paid Until when everything before is paid for, in ms of the clock; absent for a new client.
 * @param now The clock, in ms.
 */
export function billOf(
  paid: number | undefined,
  now: number,
  { limit, windowMs }: FleetRate,
  starts = 1,
): Bill {
  const then = Math.max(paid ?? now, now) + windowMs / limit * starts;
  const tooMuch = then - now - windowMs;
  // Less than a millisecond is an error of rounding.
  return { paid: then, waitMs: tooMuch >= 1 ? tooMuch : 0 };
}

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
 * Makes a rate that knows no client yet.
 *
 * @param now The clock, in ms.
 */
export function startRate(perMinute: number, now: () => number): StartRate {
  const rate = { limit: perMinute, windowMs: MINUTE_MS };
  const paidAt = new Map<string, number>(); // in the order in which they were last let in
  const forget = (at: number) => {
    for (const [client, paid] of paidAt) {
      if (paid > at && paidAt.size <= MOST_CLIENTS) break;
      paidAt.delete(client);
    }
  };
  const seconds = ({ waitMs }: Bill) => Math.ceil(waitMs / 1000);
  return {
    take(client, starts) {
      const at = now();
      const bill = billOf(paidAt.get(client), at, rate, starts);
      if (bill.waitMs > 0) return seconds(bill);
      paidAt.delete(client);
      paidAt.set(client, bill.paid);
      forget(at);
      return 0;
    },
    wait: (client) => seconds(billOf(paidAt.get(client), now(), rate)),
    get size() {
      return paidAt.size;
    },
  };
}
