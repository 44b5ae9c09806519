/**
 * The sessions of a runner: who is admitted, what runs, and how it ends.
 *
 * @module
 */
import type { FleetMember } from "./fleet_member.ts";
import { Admission, type Visit } from "./admission.ts";
import { type KeptLimits, keptLimits } from "./limits.ts";
import type { Load } from "../core/load.ts";
import type { Session, Sessions, SessionsOptions, SessionStart } from "./session.ts";
import { type RunningSession, runSession } from "./session_run.ts";
import { within } from "../core/wait.ts";

/** How long a drain waits for sessions to end by themselves, in ms: most hosts kill after 30 s. */
export const DRAIN_MS = 25_000;
/** How long ending the rest may take at a drain's deadline, in ms. */
const LATE_MS = 2000;

/** The running sessions, with what admits others. */
export class SessionSet implements Sessions {
  #options: SessionsOptions;
  #limits: KeptLimits;
  #running = new Map<string, RunningSession>();
  /** These, and those whose place another run has taken, until their bots have returned. */
  #unfinished = new Set<RunningSession>();
  #admission: Admission;
  /** Resolves when a session has ended, or will not begin. */
  #change = Promise.withResolvers<void>();
  #closing = Promise.withResolvers<void>();
  #fleet: FleetMember | undefined;

  /**
   * Makes an empty set of sessions.
   *
   * @throws {RunnerError} `bad_option` if a limit is wrong.
   */
  constructor(options: SessionsOptions = {}) {
    this.#options = options;
    this.#limits = keptLimits(options.limits ?? {});
    this.#admission = new Admission({ limits: this.#limits, running: this.#running });
  }

  /** From now on the sessions belong to a process of a fleet. */
  join(fleet: FleetMember): void {
    this.#fleet = fleet;
  }

  get size(): number {
    return this.#running.size;
  }

  get(id: string): Session | undefined {
    return this.#running.get(id);
  }

  get load(): Load {
    return this.#admission.load;
  }

  get closing(): Promise<void> {
    return this.#closing.promise;
  }

  [Symbol.iterator](): Iterator<Session> {
    return this.#running.values();
  }

  newId(prefix: "" | "pc_" = ""): Promise<string> {
    return this.#fleet?.newId(prefix) ?? Promise.resolve(`${prefix}${crypto.randomUUID()}`);
  }

  async admit(id: string, visit: Visit = {}): Promise<void> {
    const payer = this.#fleet && this.#admission.payer(id, visit);
    if (payer !== undefined) await this.#fleet?.pay(payer, this.#limits);
    this.#admission.admit(id, visit);
    await this.#fleet?.admitted(id, visit);
  }

  async reserve<T>(id: string, visit: Visit, make: () => Promise<T>): Promise<T> {
    await this.admit(id, visit);
    try {
      return await make();
    } catch (error) {
      this.dismiss(id);
      throw error;
    }
  }

  dismiss(id: string): void {
    const here = this.#admission.dismiss(id);
    if (!this.#running.has(id)) this.#fleet?.dismissed(id, here);
    this.#changed();
  }

  start(start: SessionStart): Session {
    const { id } = start;
    this.#admission.begin(id);
    // A client that returns to a session whose old connection still lingers gets a new run.
    this.#running.get(id)?.abort("Replaced by a new connection", "left");
    const session = runSession(start, {
      ...this.#options,
      limits: this.#limits,
      over: () => {
        if (this.#running.get(id) === session) {
          this.#running.delete(id);
          this.#fleet?.ended(id);
        }
        this.#unfinished.delete(session);
        if (this.#running.size === 0) this.#admission.rest();
        this.#changed();
      },
    });
    this.#running.set(id, session);
    this.#unfinished.add(session);
    this.#fleet?.began(id);
    return session;
  }

  /**
   * Refuses new sessions and waits for the others: those that run, and those that have a place,
   * except calls that another process of a fleet can take. At the deadline the rest is ended; two
   * seconds later it no longer waits.
   *
   * @param deadlineMs How long to wait. Default: 25 000.
   */
  async drain(deadlineMs: number = DRAIN_MS): Promise<void> {
    this.#admission.drain();
    this.#fleet?.changed();
    const until = performance.now() + deadlineMs;
    for (let rest = deadlineMs; rest > 0; rest = until - performance.now()) {
      const places = this.#admission.keepsPlacesFor(this.#fleet !== undefined);
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
    this.#fleet?.changed();
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}
