/**
 * What a session is, and what the sessions of a runner are to those who look at them or begin them.
 *
 * @module
 */
import type { Visit } from "./admission.ts";
import type { SessionContext, TransportName } from "../core/bot.ts";
import type { CloseInfo } from "../core/duplex.ts";
import type { FileStorage } from "../core/file_storage.ts";
import type { Limits } from "./limits.ts";
import type { Load } from "../core/load.ts";
import type { Monitor, SessionOutcome } from "../core/monitor.ts";

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
  /** Ends the session at once. The outcome is for those who watch. Default: `aborted`. */
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
  /** The span that it was begun with, as a `traceparent` header. */
  readonly traceparent?: string | undefined;
}

/** Settings of the sessions of a runner. */
export interface SessionsOptions {
  /** The bot's own flags. */
  readonly cliArgs?: Readonly<Record<string, unknown>>;
  /** Where clients' uploads lie. */
  readonly fileStorage?: FileStorage;
  /** Watches every session. */
  readonly monitor?: Monitor;
  /** How much is taken on. */
  readonly limits?: Limits;
}

/** The sessions that run now, as those see them who only look. */
export interface RunningSessions extends Iterable<Session> {
  /** How many sessions run now. */
  readonly size: number;
  /** How loaded the runner is, and whether new sessions are taken. */
  readonly load: Load;
  /** The running session with this id. */
  get(id: string): Session | undefined;
}

/** The sessions of a runner, as its ways in see them: they let sessions in and begin them. */
export interface Sessions extends RunningSessions {
  /** Makes the id of a new session, or with `pc_` that of a peer: whoever shares a fleet knows its way. */
  newId(prefix?: "" | "pc_"): Promise<string>;
  /** Resolves when no session is to begin any more. */
  readonly closing: Promise<void>;
  /**
   * Lets a session in before anything is made for it: its place is kept for some seconds.
   *
   * @throws {RunnerError} `draining`, `full`, `overloaded`, `closing` or `too_many_starts`.
   */
  admit(id: string, visit?: Visit): Promise<void>;
  /**
   * Lets a session in, and makes what it needs; when that fails, its place is given back.
   *
   * @throws {RunnerError} as {@link Sessions.admit} does, and whatever `make` throws.
   */
  reserve<T>(id: string, visit: Visit, make: () => Promise<T>): Promise<T>;
  /** Gives back the place of a session that was let in and will not begin. */
  dismiss(id: string): void;
  /**
   * Runs the bot.
   *
   * @throws {RunnerError} `closing` when the runner has shut down.
   */
  start(start: SessionStart): Session;
}
