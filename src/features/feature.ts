/**
 * The port for features: what a runner can do besides talking.
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

/** A bot, as features see it. */
export interface FeatureSite {
  /** The prefix of all paths of the bot, such as `/sales`; empty at the root of the runner. */
  readonly base: string;
  /** Asks a client without a session for the start token. */
  readonly guard: StartGuard;
  /** The running sessions of all bots, and how loaded the runner is. */
  readonly sessions: RunningSessions;
}

/** What a feature serves for one bot. */
export interface FeatureRoutes {
  /** At the root of the bot. */
  readonly routes?: Routes;
  /** Below `/sessions/:id/`, for an existing session: `c.env.session`. */
  readonly sessionRoutes?: Routes;
  /** What it adds to the answer of `POST /start`. */
  started?(session: {
    readonly id: string;
    readonly transport: TransportName;
  }): Readonly<Record<string, unknown>>;
}

/**
 * Something that a runner can do besides talking: it watches sessions and requests, sees or changes
 * what flows, and serves routes. A feature that throws harms no session: the error is logged once,
 * and the session goes on without it.
 *
 * @example
 * ```ts
 * import { createRunner } from "@pipecat/runner";
 * import type { Feature } from "@pipecat/runner/ports";
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
  /** Its name in the log. */
  readonly name: string;
  /** What it serves at `/`; never below `/sessions/:id/`. */
  readonly routes?: Routes;
  /** Makes what it serves for one bot, if that depends on the bot or on who may start sessions. */
  serve?(site: FeatureSite): FeatureRoutes;
  /** Stores clients' uploads: every bot gets it as `args.fileStorage`. */
  readonly fileStorage?: FileStorage;
  /**
   * Wraps the transport of a session as its bot opens it: the bot gets what this returns. A runner
   * without a tapping feature passes transports on unchanged.
   *
   * @param args What the bot was called with.
   */
  tap?(transport: Transport, args: RunnerArguments): Transport;
  /** Releases what the feature holds; called once, when all sessions are over. */
  close?(): void | Promise<void>;
}
