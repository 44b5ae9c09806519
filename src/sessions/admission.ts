/**
 * Who may start a session, and when nobody may.
 *
 * A session takes its place before anything is made for it: when `POST /start` or a carrier's
 * webhook promises it, or else when its media comes. So two that ask for the last place cannot both
 * get it.
 *
 * @module
 */
import type { Load, Readiness } from "../core/load.ts";
import { getLogger } from "../core/log.ts";
import { AgedMap } from "./aged_map.ts";
import { isLoopback } from "../core/client_address.ts";
import type { KeptLimits } from "./limits.ts";
import { type LoopLag, loopLag } from "./loop_lag.ts";
import { refusal, tooManyStarts } from "./refusal.ts";
import { type StartRate, startRate, STARTS_PER_MINUTE } from "./start_rate.ts";

const logger = getLogger(["pipecat", "runner", "session"]);

/**
 * How long to keep a place for a session whose media has not come, in ms. Media follows
 * `POST /start` within a second or two, on a slow phone within five; later clients need a new
 * place.
 */
export const PLACE_MS = 5_000;
/** The same for a phone call, in ms: between webhook and stream a carrier may play an announcement. */
export const CALL_PLACE_MS = 15_000;
/** The same for a dialled call, in ms: about as long as a phone rings. */
export const RINGING_PLACE_MS = 60_000;
/** The most places to keep if the number of sessions is not limited. */
const MOST_PLACES = 10_000;
/** This few sessions do not make a process late, so lateness is no reason to refuse more. */
export const FEW_SESSIONS = 10;
/**
 * More visits a second than this, other than calls, are a flood. A flood makes the event loop late,
 * whatever the sessions do, and is no reason to refuse a caller.
 */
const FLOOD_PER_SECOND = 100;
/**
 * What the largest session costs of a client's starts per minute: so no client fills the store
 * before others get their share.
 */
const HEAVIEST = 0.8;
/** How long the log stays silent about clients that start too much, in ms. */
const RATE_TOLD_MS = 60_000;

/** Who asks for a session. */
export interface Visit {
  /** Returns an address or a number of the client, if known. */
  readonly client?: (() => string | undefined) | undefined;
  /**
   * Set for a phone call. It takes precedence over promised sessions whose clients do not come: a
   * flood of `POST /start` keeps no caller out.
   */
  readonly call?: boolean;
  /** Set for a dialled call: its place is kept while it rings. */
  readonly ringing?: boolean;
  /**
   * How much is stored for it, as a share of the most that one session may store. Default: almost
   * nothing.
   */
  readonly stored?: number;
  /** Set for a session that was promised before: a drain refuses only the others. */
  readonly promised?: boolean;
  /** Set if its client comes only to this process: it was answered here, or is already here. */
  readonly bound?: boolean;
}

/** What an admission needs. */
export interface AdmissionOptions {
  readonly limits: KeptLimits;
  /** The sessions that run. */
  readonly running: { readonly size: number; has(id: string): boolean };
  /** The clock, in ms; given by tests. */
  readonly now?: () => number;
  /** The measurement of the event loop; given by tests. */
  readonly lag?: LoopLag;
}

/** Decides who may start a session. */
export class Admission {
  #limits: KeptLimits;
  #running: AdmissionOptions["running"];
  #now: () => number;
  #lag: LoopLag;
  #rate: StartRate | undefined;
  /** Whether the rate was set explicitly: then it also applies to callers and to this machine. */
  #rateGiven: boolean;
  /** Expiry of places by session, in order of time. */
  #promises = new AgedMap<number>();
  #calls = new AgedMap<number>();
  #ringing = new AgedMap<number>();
  #places = [this.#promises, this.#calls, this.#ringing];
  /** Sessions whose client comes only to this process. */
  #bound = new Set<string>();
  /** Until when the log stays silent about clients that start too much. */
  #rateTold = -Infinity;
  /** Visits other than calls, minus those at a normal rate. */
  #crowd = 0;
  #crowdAt = 0;
  #state: "open" | "draining" | "closed" = "open";
  #overloaded = false;
  #refusing: string | undefined;

  /** Makes an open admission. */
  constructor({ limits, running, now, lag }: AdmissionOptions) {
    this.#limits = limits;
    this.#running = running;
    this.#now = now ?? (() => performance.now());
    this.#lag = lag ?? loopLag();
    const { startsPerMinute = STARTS_PER_MINUTE } = limits;
    this.#rateGiven = limits.startsPerMinute !== undefined;
    if (startsPerMinute !== Infinity) this.#rate = startRate(startsPerMinute, this.#now);
  }

  /** How loaded the runner is. */
  get load(): Load {
    const { maxSessions, maxLoopLagMs } = this.#limits;
    const promised = this.#promised();
    return {
      status: this.#readiness({}),
      sessions: this.#running.size,
      promised,
      ...(maxSessions === undefined ? {} : { maxSessions }),
      ...(maxLoopLagMs === undefined ? {} : { lag: Math.round(this.#lag.ms * 10) / 10 }),
    };
  }

  /**
   * How long until the last unused place expires, in ms.
   *
   * @param others Whether another process can take those not bound to this one.
   */
  keepsPlacesFor(others: boolean): number {
    this.#promised();
    if (others && this.#bound.size === 0) return 0;
    const last = Math.max(...this.#places.map(({ newest }) => newest?.value ?? 0));
    return Math.max(0, last - this.#now());
  }

  /** Who must pay the rate of starts; undefined if nobody must, or there is no room. */
  payer(id: string, visit: Visit): string | undefined {
    this.#promised();
    const known = this.#running.has(id) || this.#hasPlace(id);
    return known || this.#readiness(visit) !== "ready" ? undefined : this.#rated(visit);
  }

  /**
   * Admits a session: from now on it has a place, for some seconds or until it begins.
   *
   * @throws {RunnerError} `draining`, `full`, `overloaded` or `closing` with status 503, and
   * `too_many_starts` with 429.
   */
  admit(id: string, visit: Visit = {}): void {
    if (this.#state === "closed") throw refusal("closed");
    if (this.#running.has(id)) return; // it comes back, and takes the place of its old connection
    const now = this.#now();
    const flooded = this.#isFlooded(visit.call ? 0 : 1, now);
    this.#promised(now); // expired places do not count
    const kept = this.#hasPlace(id);
    if (!kept) {
      const found = this.#readiness(visit);
      const readiness = found === "overloaded" && visit.call && flooded ? "ready" : found;
      if (readiness !== "ready") {
        if (this.#refusing !== readiness) {
          logger.warn("New sessions are refused: the runner is {readiness}", { readiness });
        }
        this.#refusing = readiness;
        throw refusal(readiness);
      }
      this.#pay(visit);
      this.#refusing = undefined;
      if (this.#isFull(this.#promises.size)) this.#dropOldest(this.#promises); // it is a call's now
    }
    const [places, ms] = visit.call
      ? [this.#calls, CALL_PLACE_MS]
      : visit.ringing
      ? [this.#ringing, RINGING_PLACE_MS]
      : [this.#promises, PLACE_MS];
    if (kept) this.dismiss(id); // a call that rang has another place once it is picked up
    places.set(id, now + ms);
    if (visit.bound) this.#bound.add(id);
    if (places.size > MOST_PLACES) this.#dropOldest(places);
  }

  /** Gives a session's place back: nothing will come of it. Returns whether it had one. */
  dismiss(id: string): boolean {
    this.#bound.delete(id);
    let had = false;
    for (const places of this.#places) had = places.delete(id) || had;
    return had;
  }

  /**
   * A session begins, and takes the place kept for it.
   *
   * @throws {RunnerError} `closing` if everybody is refused, `full` if it has lost its place.
   */
  begin(id: string): void {
    if (this.#state === "closed") throw refusal("closed");
    const kept = this.#hasPlace(id) || this.#running.has(id);
    if (!kept && this.#isFull(0)) throw refusal("full");
    this.dismiss(id);
    if (this.#limits.maxLoopLagMs !== undefined) this.#lag.start();
  }

  /** No session runs any longer: there is nothing to measure. */
  rest(): void {
    this.#lag.stop();
  }

  /** Refuses everyone who was not promised a session. */
  drain(): void {
    if (this.#state === "open") this.#state = "draining";
  }

  /** Refuses everybody. */
  close(): void {
    this.#state = "closed";
    for (const places of this.#places) places.clear();
    this.#bound.clear();
    this.#lag.stop();
  }

  #readiness({ promised = false, call = false }: Visit): Readiness {
    if (this.#state === "closed") return "closed";
    if (this.#state === "draining" && !promised) return "draining";
    const { maxLoopLagMs = Infinity } = this.#limits;
    const promises = call ? 0 : this.#promises.size;
    if (this.#isFull(promises)) return "full";
    if (this.#taken(promises) < FEW_SESSIONS) return "ready";
    // It must fall to half of the limit again, or every session that ends would admit one.
    this.#overloaded = this.#lag.ms > (this.#overloaded ? maxLoopLagMs / 2 : maxLoopLagMs);
    return this.#overloaded ? "overloaded" : "ready";
  }

  /** Tells whether there is no place beside the sessions, the calls, and this many promises. */
  #isFull(promises: number): boolean {
    const { maxSessions = Infinity } = this.#limits;
    return this.#taken(promises) >= maxSessions;
  }

  /** How many places are taken by sessions, calls, and this many promises. */
  #taken(promises: number): number {
    return this.#running.size + this.#calls.size + this.#ringing.size + promises;
  }

  #hasPlace(id: string): boolean {
    for (const places of this.#places) if (places.has(id)) return true;
    return false;
  }

  /** Counts more visits, and tells whether they are a flood. */
  #isFlooded(more: number, now: number): boolean {
    const gone = (now - this.#crowdAt) / 1000 * FLOOD_PER_SECOND;
    this.#crowd = Math.min(Math.max(0, this.#crowd - gone) + more, 2 * FLOOD_PER_SECOND);
    this.#crowdAt = now;
    return this.#crowd > FLOOD_PER_SECOND;
  }

  /** Who starts a session, if known and rate-limited. */
  #rated({ client, call }: Visit): string | undefined {
    const who = this.#rate && client?.();
    return who !== undefined && !this.#rateGiven && (call || isLoopback(who)) ? undefined : who;
  }

  /** Counts a session against its client's rate, if the client is known. */
  #pay(visit: Visit): void {
    const who = this.#rated(visit);
    if (who === undefined) return;
    const { stored = 0 } = visit;
    const { startsPerMinute = STARTS_PER_MINUTE } = this.#limits;
    const starts = Math.max(1, stored * HEAVIEST * startsPerMinute);
    const seconds = this.#rate?.take(who, starts) ?? 0;
    if (seconds === 0) return;
    const now = this.#now();
    if (now >= this.#rateTold) {
      this.#rateTold = now + RATE_TOLD_MS;
      logger.warn(
        "A client started more than {startsPerMinute} sessions a minute and is refused (--start-rate). " +
          "If it is a proxy, trust its X-Forwarded-For: --trust-proxy",
        { startsPerMinute },
      );
    }
    throw tooManyStarts(startsPerMinute, seconds);
  }

  /** Gives up the expired places, and counts the others. */
  #promised(now: number = this.#now()): number {
    for (const places of this.#places) {
      for (let { oldest } = places; oldest && oldest.value <= now; { oldest } = places) {
        this.dismiss(oldest.key);
      }
    }
    return this.#promises.size + this.#calls.size + this.#ringing.size;
  }

  #dropOldest({ oldest }: AgedMap<number>): void {
    if (oldest) this.dismiss(oldest.key);
  }
}
