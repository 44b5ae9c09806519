/**
 * Who may begin a session, and when nobody may.
 *
 * A session takes its place before anything is made for it: when it is promised by `POST /start` or
 * to a carrier, or else when its media comes. So two that ask for the last place cannot both get it.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { AgedMap } from "./aged_map.ts";
import { RunnerError } from "./error.ts";
import type { Limits } from "./limits.ts";
import { type LoopLag, loopLag } from "./loop_lag.ts";
import { type StartRate, startRate } from "./start_rate.ts";

const logger = getLogger(["pipecat", "runner", "session"]);

/** How long a place is kept for a session whose media has not come, in ms. */
export const PLACE_MS = 30_000;
/** The most places that are kept where the number of sessions is not limited. */
const MOST_PLACES = 10_000;
/** So few sessions are not what makes a process late: their number is no reason to refuse one. */
export const FEW_SESSIONS = 10;
/** When to try again, in seconds. */
const RETRY_S = 5;

/** Whether new sessions are taken, and if not, why. */
export type Readiness = "ready" | "full" | "overloaded" | "draining" | "closed";

/** How loaded a runner is, as `GET /readyz` tells it. */
export interface Load {
  /** Whether new sessions are taken. */
  readonly status: Readiness;
  /** How many sessions run. */
  readonly sessions: number;
  /** How many more have a place, and have not begun. */
  readonly promised: number;
  /** The most of both together, where that is limited. */
  readonly maxSessions?: number;
  /** How late the event loop is on average, in ms, where that is measured. */
  readonly lag?: number;
}

/** Who asks for a session. */
export interface Visit {
  /** Tells an address or a number of the client, where it is known. */
  readonly client?: (() => string | undefined) | undefined;
  /** Set for a session that was promised before: a drain refuses those alone that were not. */
  readonly promised?: boolean;
}

/** What an admission works with. */
export interface AdmissionOptions {
  readonly limits: Limits;
  /** The sessions that run. */
  readonly running: { readonly size: number; has(id: string): boolean };
  /** The clock, in ms; given by tests. */
  readonly now?: () => number;
  /** The measurement of the event loop; given by tests. */
  readonly lag?: LoopLag;
}

/** Decides who may begin a session. */
export class Admission {
  #limits: Limits;
  #running: AdmissionOptions["running"];
  #now: () => number;
  #lag: LoopLag;
  #rate: StartRate | undefined;
  #places = new AgedMap<number>(); // by session: until when; in the order of that time
  #state: "open" | "draining" | "closed" = "open";
  #overloaded = false;
  #refusing: string | undefined;

  /** Makes an admission that is open. */
  constructor({ limits, running, now, lag }: AdmissionOptions) {
    this.#limits = limits;
    this.#running = running;
    this.#now = now ?? (() => performance.now());
    this.#lag = lag ?? loopLag();
    const { startsPerMinute } = limits;
    if (startsPerMinute !== undefined) this.#rate = startRate(startsPerMinute, this.#now);
  }

  /** How loaded the runner is. */
  get load(): Load {
    const { maxSessions, maxLoopLag } = this.#limits;
    return {
      status: this.#readiness(false),
      sessions: this.#running.size,
      promised: this.#promised(),
      ...(maxSessions === undefined ? {} : { maxSessions }),
      ...(maxLoopLag === undefined ? {} : { lag: Math.round(this.#lag.ms * 10) / 10 }),
    };
  }

  /** How long until the last place of a session that has not begun is given up, in ms. */
  get keepsPlacesFor(): number {
    const last = this.#places.newest?.value ?? 0;
    return Math.max(0, last - this.#now());
  }

  /**
   * Lets a session in: it has a place from now on, for half a minute or until it begins.
   *
   * @throws {RunnerError} `draining`, `full`, `overloaded` or `closing` with status 503, and
   * `too_many_starts` with 429.
   */
  admit(id: string, { client, promised = false }: Visit = {}): void {
    if (this.#state === "closed") throw refusal("closed");
    if (this.#running.has(id)) return; // it comes back, and takes the place of its old connection
    this.#promised(); // places whose time is over are none
    if (!this.#places.has(id)) {
      const readiness = this.#readiness(promised);
      if (readiness !== "ready") {
        if (this.#refusing !== readiness) {
          logger.warn("New sessions are refused: the runner is {readiness}", { readiness });
        }
        this.#refusing = readiness;
        throw refusal(readiness);
      }
      const who = this.#rate && client?.();
      const seconds = who === undefined ? 0 : this.#rate?.take(who) ?? 0;
      if (seconds > 0) throw tooManyStarts(seconds);
      this.#refusing = undefined;
    }
    this.#places.set(id, this.#now() + PLACE_MS);
    const { oldest, size } = this.#places;
    if (size > MOST_PLACES && oldest) this.#places.delete(oldest.key);
  }

  /** Gives a session's place back: nothing will come of it. */
  dismiss(id: string): void {
    this.#places.delete(id);
  }

  /**
   * A session begins, and takes the place that was kept for it.
   *
   * @throws {RunnerError} `closing` when everybody is refused.
   */
  begin(id: string): void {
    if (this.#state === "closed") throw refusal("closed");
    this.#places.delete(id);
    if (this.#limits.maxLoopLag !== undefined) this.#lag.start();
  }

  /** No session runs any more: there is nothing to measure. */
  rest(): void {
    this.#lag.stop();
  }

  /** Refuses whoever was not promised a session. */
  drain(): void {
    if (this.#state === "open") this.#state = "draining";
  }

  /** Refuses everybody. */
  close(): void {
    this.#state = "closed";
    this.#places.clear();
    this.#lag.stop();
  }

  #readiness(promised: boolean): Readiness {
    if (this.#state === "closed") return "closed";
    if (this.#state === "draining" && !promised) return "draining";
    const { maxSessions = Infinity, maxLoopLag = Infinity } = this.#limits;
    const taken = this.#running.size + this.#promised();
    if (taken >= maxSessions) return "full";
    if (taken < FEW_SESSIONS) return "ready";
    // Half of the limit has to be reached again, or every session that ends would let one in.
    this.#overloaded = this.#lag.ms > (this.#overloaded ? maxLoopLag / 2 : maxLoopLag);
    return this.#overloaded ? "overloaded" : "ready";
  }

  #promised(): number {
    const now = this.#now();
    const places = this.#places;
    for (let { oldest } = places; oldest && oldest.value <= now; { oldest } = places) {
      places.delete(oldest.key);
    }
    return places.size;
  }
}

const REFUSALS: Readonly<Record<Exclude<Readiness, "ready">, [code: string, detail: string]>> = {
  full: ["full", "All lines are busy. Try again in a moment."],
  overloaded: ["overloaded", "This runner is busy. Try again in a moment."],
  draining: ["draining", "The runner is shutting down and takes no new sessions."],
  closed: ["closing", "The runner is shutting down."],
};

/** Tells whether an error says that a session was not let in. */
export function isRefusal(error: unknown): error is RunnerError {
  if (!(error instanceof RunnerError)) return false;
  const { code } = error;
  return code === TOO_MANY || Object.values(REFUSALS).some(([known]) => known === code);
}

const TOO_MANY = "too_many_starts";

function refusal(readiness: Exclude<Readiness, "ready">): RunnerError {
  const [code, detail] = REFUSALS[readiness];
  return new RunnerError(code, detail, { status: 503, retryAfter: RETRY_S });
}

function tooManyStarts(retryAfter: number): RunnerError {
  const detail = `Too many sessions were started. Try again in ${retryAfter} s.`;
  return new RunnerError(TOO_MANY, detail, { status: 429, retryAfter });
}
