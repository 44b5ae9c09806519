/**
 * What a session is, and the runner's sessions for those who observe or start them.
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
  /** Aborts when the session ends. For a session that has not begun, it never aborts. */
  readonly signal: AbortSignal;
}

/** The connection of a session: a peer, a socket, or none for a room. */
export interface Connection extends AsyncDisposable {
  /** Resolves when the other side has gone, or this side closed it. */
  readonly closed: Promise<CloseInfo>;
  /** Closes it at once. */
  close(info?: CloseInfo): void;
  /** Counts what comes from the other side; absent if nobody counts. */
  readonly received?: number;
}

/** A running session. */
export interface Session extends SessionInfo {
  /** Resolves when the bot has returned and the connection is closed; never rejects. */
  readonly done: Promise<void>;
  /** Ends the session at once. The outcome is for observers. Default: `aborted`. */
  abort(reason: string, outcome?: SessionOutcome): void;
}

/** What {@link Sessions.start} needs. */
export interface SessionStart {
  /** The session's id. */
  readonly id: string;
  /** How its client is connected. */
  readonly transport: TransportName;
  /** The `body` for the bot. */
  readonly body: unknown;
  /** The connection whose end ends the session. */
  readonly connection?: Connection;
  /** Calls the bot, with its transport's additions to what every bot gets. */
  readonly run: (context: SessionContext) => void | Promise<void>;
  /**
   * Tells the client that the bot failed, or why its session ends, before the connection closes.
   */
  readonly fail?: (detail: string) => void;
  /** When the session's first request came, by `performance.now()`. */
  readonly receivedAt?: number | undefined;
  /** The span that it was started in, as a `traceparent` header. */
  readonly traceparent?: string | undefined;
}

/** Settings of the sessions of a runner. */
export interface SessionsOptions {
  /** The bot's own flags. */
  readonly cliArgs?: Readonly<Record<string, unknown>>;
  /** Stores clients' uploads. */
  readonly fileStorage?: FileStorage;
  /** Observes every session. */
  readonly monitor?: Monitor;
  /** The limits. */
  readonly limits?: Limits;
}

/** The running sessions, for observers. */
export interface RunningSessions extends Iterable<Session> {
  /** How many sessions run now. */
  readonly size: number;
  /** How loaded the runner is, and whether new sessions are taken. */
  readonly load: Load;
  /** The running session with this id. */
  get(id: string): Session | undefined;
}

/** The sessions of a runner, for its ways: they admit and start sessions. */
export interface Sessions extends RunningSessions {
  /**
   * Makes the id of a new session, or with `pc_` that of a peer: every process of a fleet can route
   * it.
   */
  newId(prefix?: "" | "pc_"): Promise<string>;
  /** Resolves when no more sessions may begin. */
  readonly closing: Promise<void>;
  /**
   * Admits a session before anything is made for it: its place is kept for some seconds.
   *
   * @throws {RunnerError} `draining`, `full`, `overloaded`, `closing` or `too_many_starts`.
   */
  admit(id: string, visit?: Visit): Promise<void>;
  /**
   * Admits a session, and makes what it needs; if that fails, its place is given back.
   *
   * @throws {RunnerError} as {@link Sessions.admit} does, and whatever `make` throws.
   */
  reserve<T>(id: string, visit: Visit, make: () => Promise<T>): Promise<T>;
  /** Gives back the place of an admitted session that will not begin. */
  dismiss(id: string): void;
  /**
   * Runs the bot.
   *
   * @throws {RunnerError} `closing` if the runner has shut down.
   */
  start(start: SessionStart): Session;
}
