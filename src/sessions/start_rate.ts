/**
 * How often each client may start a session.
 *
 * @module
 */
import type { FleetRate } from "../core/fleet.ts";

/**
 * How many sessions one network address may start in a minute by default: more than a house full of
 * people starts, and few enough that one address does not fill a runner.
 */
export const STARTS_PER_MINUTE = 120;

const MINUTE_MS = 60_000;
/** The most clients to remember; the one not seen for longest makes room. */
const MOST_CLIENTS = 10_000;

/** What starting something costs. */
export interface Bill {
  /** Until when everything is paid for, if it starts. */
  readonly paid: number;
  /** How long it must wait, in ms; 0 if it may start now. */
  readonly waitMs: number;
}

/**
 * Computes the cost of some starts. A rate is one number per client: the time at which everything
 * it started is paid for, at an even pace. Up to a window of it may be owed. (This is the generic
 * cell rate algorithm of ITU-T I.371.)
 *
 * @param paid Until when everything earlier is paid for, in ms of the clock; absent for a new
 * client.
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
  // Less than a millisecond is a rounding error.
  return { paid: then, waitMs: tooMuch >= 1 ? tooMuch : 0 };
}

/** Counts what each client starts. */
export interface StartRate {
  /**
   * Lets a client start a session, and returns 0; or returns the seconds that it must wait.
   *
   * @param starts What it costs, in starts; at most those of a minute. Default: 1.
   */
  take(client: string, starts?: number): number;
  /** The seconds that a client would have to wait now, without admitting it. */
  wait(client: string): number;
  /** How many clients are remembered. */
  readonly size: number;
}

/**
 * Makes an empty rate.
 *
 * @param now The clock, in ms.
 */
export function startRate(perMinute: number, now: () => number): StartRate {
  const rate = { limit: perMinute, windowMs: MINUTE_MS };
  const paidAt = new Map<string, number>(); // in the order in which they were last admitted
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
