/**
 * The port for features: what a runner can do beside talking.
 *
 * @module
 */
import type { RunnerArguments, TransportName } from "../core/bot.ts";
import type { FileStorage } from "../core/file_storage.ts";
import type { Monitor } from "../core/monitor.ts";
import type { Routes } from "../http/env.ts";
import type { RunningSessions } from "../sessions/session.ts";
import type { StartGuard } from "../http/start_guard.ts";
import type { Transport } from "../transports/transport.ts";

/** A bot, as features serve it. */
export interface FeatureSite {
  /** What stands before all paths of the bot, such as `/sales`; empty at the root of the runner. */
  readonly base: string;
  /** Asks whoever has no session for the start token. */
  readonly guard: StartGuard;
  /** The sessions that run now, of all bots, and how loaded the runner is. */
  readonly sessions: RunningSessions;
}

/** What a feature serves of one bot. */
export interface FeatureRoutes {
  /** At the root of the bot. */
  readonly routes?: Routes;
  /** Below `/sessions/:id/`, for a session that there is: `c.env.session`. */
  readonly sessionRoutes?: Routes;
  /** What it adds to the answer of `POST /start`. */
  started?(session: {
    readonly id: string;
    readonly transport: TransportName;
  }): Readonly<Record<string, unknown>>;
}

/**
 * Something that a runner can do beside talking: it watches sessions and requests, sees or changes
 * what flows, and serves routes. One that throws harms no session: that is logged once, and the
 * session goes on without it.
 *
 * @example
 * ```ts
 * import { createRunner, type Feature } from "@pipecat/runner";
 *
 * const counter = (): Feature => {
 *   let count = 0;
 *   return {
 *     name: "counter",
 *     async session(_session, run) {
 *       count++;
 *       return await run();
 *     },
 *     close: () => console.log(`${count} sessions`),
 *   };
 * };
 * const runner = createRunner(() => {}, { use: [counter()] });
 * await runner.close();
 * ```
 */
export interface Feature extends Monitor {
  /** What the log calls it. */
  readonly name: string;
  /** What it serves at `/`; never below `/sessions/:id/`. */
  readonly routes?: Routes;
  /** Makes what it serves of one bot, where that depends on the bot, or on who may begin sessions. */
  serve?(site: FeatureSite): FeatureRoutes;
  /** Where clients' uploads lie: every bot is given it as `args.fileStorage`. */
  readonly fileStorage?: FileStorage;
  /**
   * Wraps the transport of a session as its bot opens it: what it returns is what the bot gets. A
   * runner without a feature that taps hands out the transports as they are.
   *
   * @param args What the bot was called with.
   */
  tap?(transport: Transport, args: RunnerArguments): Transport;
  /** Ends what the feature has open; called once, when all sessions are over. */
  close?(): void | Promise<void>;
}
