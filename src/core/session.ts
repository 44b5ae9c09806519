/**
 * The sessions of a runner: who is let in, what runs, and how it all comes to an end.
 *
 * @module
 */
import { Admission, type Load, type Visit } from "./admission.ts";
import type { SessionContext, TransportName } from "./bot.ts";
import type { CloseInfo } from "./duplex.ts";
import { type KeptLimits, keptLimits, type Limits } from "./limits.ts";
import type { Monitor, SessionOutcome } from "./monitor.ts";
import { type RunningSession, runSession } from "./session_run.ts";
import { within } from "./wait.ts";

/** How long a drain waits for sessions to end by themselves, in ms: most hosts kill after 30 s. */
export const DRAIN_MS = 25_000;
/** How long what is ended at a drain's deadline may take, in ms. */
const LATE_MS = 2000;

/** What the user's routes below `/sessions/:id/` see of the session, as `c.var.session`. */
export interface SessionInfo {
  /** The session's id. */
  readonly id: string;
  /** How its client is connected. */
  readonly transport: TransportName;
  /** The `body` of `POST /start`, unchecked. */
  readonly body: unknown;
  /** Aborts when the session ends. Of a session that has not begun, it never aborts. */
  readonly signal: AbortSignal;
}

/** The connection that a session lives on: a peer, a socket, or nothing for a room. */
export interface Connection extends AsyncDisposable {
  /** Resolves when the other side has gone, or it was closed here. */
  readonly closed: Promise<CloseInfo>;
  /** Closes it at once. */
  close(info?: CloseInfo): void;
  /** Counts what came from the other side; absent where nobody counts it. */
  readonly received?: number;
}

/** A running session. */
export interface Session extends SessionInfo {
  /** Resolves when the bot has returned and the connection is closed; it never rejects. */
  readonly done: Promise<void>;
  /** Ends the session at once; the outcome is for those who watch, `aborted` unless given. */
  abort(reason: string, outcome?: SessionOutcome): void;
}

/** What {@link Sessions.start} needs to know. */
export interface SessionStart {
  /** The session's id. */
  readonly id: string;
  /** How its client is connected. */
  readonly transport: TransportName;
  /** The `body` for the bot. */
  readonly body: unknown;
  /** What the session ends with. */
  readonly connection?: Connection;
  /** Calls the bot, with what its transport has beside what every bot gets. */
  readonly run: (context: SessionContext) => void | Promise<void>;
  /** Tells the client that the bot failed, or why its session ends, before the connection closes. */
  readonly fail?: (detail: string) => void;
  /** When the request came that the session begins with, by `performance.now()`. */
  readonly receivedAt?: number | undefined;
  /** The `traceparent` header of `POST /start`. */
  readonly traceparent?: string | undefined;
}

/** Settings of {@link Sessions}. */
export interface SessionsOptions {
  /** The bot's own flags. */
  readonly cliArgs?: Readonly<Record<string, unknown>>;
  /** Watches every session. */
  readonly monitor?: Monitor;
  /** How much is taken on. */
  readonly limits?: Limits;
}

/** The sessions that run now. */
export class Sessions implements Iterable<Session> {
  #options: SessionsOptions;
  #limits: KeptLimits;
  #running = new Map<string, RunningSession>();
  /** Those and the ones whose place another run has taken, until their bots have returned. */
  #unfinished = new Set<RunningSession>();
  #admission: Admission;
  /** Resolves when a session has ended, or will not begin. */
  #change = Promise.withResolvers<void>();
  #closing = Promise.withResolvers<void>();

  /**
   * Makes an empty set of sessions.
   *
   * @throws {RunnerError} `bad_option` when a limit is wrong.
   */
  constructor(options: SessionsOptions = {}) {
    this.#options = options;
    this.#limits = keptLimits(options.limits ?? {});
    this.#admission = new Admission({ limits: this.#limits, running: this.#running });
  }

  /** How many sessions run now. */
  get size(): number {
    return this.#running.size;
  }

  /** The running session with this id. */
  get(id: string): Session | undefined {
    return this.#running.get(id);
  }

  /** How loaded the runner is, and whether new sessions are taken. */
  get load(): Load {
    return this.#admission.load;
  }

  /** Resolves when no session is to begin any more. */
  get closing(): Promise<void> {
    return this.#closing.promise;
  }

  /** All running sessions. */
  [Symbol.iterator](): Iterator<Session> {
    return this.#running.values();
  }

  /**
   * Lets a session in before anything is made for it: its place is kept for some seconds.
   *
   * @throws {RunnerError} `draining`, `full`, `overloaded` or `closing` with status 503, and
   * `too_many_starts` with 429.
   */
  admit(id: string, visit?: Visit): void {
    this.#admission.admit(id, visit);
  }

  /**
   * Lets a session in, and makes what it needs; when that fails, its place is given back.
   *
   * @throws {RunnerError} as {@link Sessions.admit} does, and whatever `make` throws.
   */
  async reserve<T>(id: string, visit: Visit, make: () => Promise<T>): Promise<T> {
    this.admit(id, visit);
    try {
      return await make();
    } catch (error) {
      this.dismiss(id);
      throw error;
    }
  }

  /** Gives back the place of a session that was let in and will not begin. */
  dismiss(id: string): void {
    this.#admission.dismiss(id);
    this.#changed();
  }

  /**
   * Runs the bot.
   *
   * @throws {RunnerError} `closing` when the runner has shut down.
   */
  start(start: SessionStart): Session {
    const { id } = start;
    this.#admission.begin(id);
    // A client that comes back for a session whose old connection still lingers gets a new run.
    this.#running.get(id)?.abort("Replaced by a new connection", "left");
    const session = runSession(start, {
      ...this.#options,
      limits: this.#limits,
      over: () => {
        if (this.#running.get(id) === session) this.#running.delete(id);
        this.#unfinished.delete(session);
        if (this.#running.size === 0) this.#admission.rest();
        this.#changed();
      },
    });
    this.#running.set(id, session);
    this.#unfinished.add(session);
    return session;
  }

  /**
   * Refuses new sessions and waits for the others: those that run, and those that have a place. At the
   * deadline the rest is ended; two seconds later it is waited for no longer.
   *
   * @param deadlineMs How long to wait. Default: 25 000.
   */
  async drain(deadlineMs: number = DRAIN_MS): Promise<void> {
    this.#admission.drain();
    const until = performance.now() + deadlineMs;
    for (let rest = deadlineMs; rest > 0; rest = until - performance.now()) {
      const places = this.#admission.keepsPlacesFor;
      if (this.#running.size === 0 && places === 0) break;
      await within(this.#running.size > 0 ? rest : Math.min(rest, places), this.#change.promise);
    }
    this.#shut();
    const late = [...this.#unfinished];
    for (const session of late) void session.end("The runner is shutting down.", "closing");
    await within(LATE_MS, Promise.all(late.map(({ done }) => done)));
    for (const session of this.#unfinished) session.leave();
  }

  /** Ends every session and refuses new ones; resolves when all bots have returned. */
  async close(reason = "The runner is closing"): Promise<void> {
    this.#shut();
    const unfinished = [...this.#unfinished];
    for (const session of unfinished) session.abort(reason, "closing");
    await Promise.all(unfinished.map((session) => session.done));
  }

  #shut(): void {
    this.#admission.close();
    this.#closing.resolve();
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}
