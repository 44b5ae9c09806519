/**
 * One run of a bot, from the first byte of media to the last.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import type { SessionContext, TransportName } from "./bot.ts";
import type { CloseInfo } from "./duplex.ts";
import { RunnerError } from "./error.ts";

const logger = getLogger(["pipecat", "runner", "session"]);

/** How long a bot may go on after its session was aborted before it is left behind, in ms. */
const ABANDON_MS = 10_000;
/** How long a client may take to read why the bot failed, before the connection closes, in ms. */
export const LAST_WORDS_MS = 250;

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
}

/** A running session. */
export interface Session extends SessionInfo {
  /** Resolves when the bot has returned and the connection is closed; it never rejects. */
  readonly done: Promise<void>;
  /** Ends the session at once. */
  abort(reason: string): void;
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
  /** Tells the client that the bot failed, before the connection is closed. */
  readonly fail?: (detail: string) => void;
}

/** Settings of {@link Sessions}. */
export interface SessionsOptions {
  /** The bot's own flags. */
  readonly cliArgs?: Readonly<Record<string, unknown>>;
}

/** The sessions that run now. */
export class Sessions implements Iterable<Session> {
  #options: SessionsOptions;
  #running = new Map<string, Session>();
  #closing = false;

  /** Makes an empty set of sessions. */
  constructor(options: SessionsOptions = {}) {
    this.#options = options;
  }

  /** How many sessions run now. */
  get size(): number {
    return this.#running.size;
  }

  /** The running session with this id. */
  get(id: string): Session | undefined {
    return this.#running.get(id);
  }

  /** All running sessions. */
  [Symbol.iterator](): Iterator<Session> {
    return this.#running.values();
  }

  /**
   * Runs the bot.
   *
   * @throws {RunnerError} `closing` when the runner is shutting down.
   */
  start(start: SessionStart): Session {
    if (this.#closing) throw closing();
    const controller = new AbortController();
    const { id, transport, body, connection } = start;
    const abort = (reason: string): void => {
      if (controller.signal.aborted) return;
      controller.abort(new RunnerError("session_ended", reason));
      connection?.close({ closeCode: 1001, reason });
    };
    // A client that comes back for a session whose old connection still lingers gets a new run.
    this.#running.get(id)?.abort("Replaced by a new connection");
    const session: Session = {
      id,
      transport,
      body,
      signal: controller.signal,
      done: Promise.resolve().then(() => this.#run(start, controller.signal, abort)).finally(() => {
        if (this.#running.get(id) === session) this.#running.delete(id);
      }),
      abort,
    };
    this.#running.set(id, session);
    return session;
  }

  /** Ends every session and refuses new ones; resolves when all bots have returned. */
  async close(reason = "The runner is closing"): Promise<void> {
    this.#closing = true;
    const running = [...this.#running.values()];
    for (const session of running) session.abort(reason);
    await Promise.all(running.map((session) => session.done));
  }

  async #run(
    start: SessionStart,
    signal: AbortSignal,
    abort: (reason: string) => void,
  ): Promise<void> {
    const { id, transport, body, connection } = start;
    const began = performance.now();
    const fields = { sessionId: id, transport };
    logger.info("Session {sessionId} began on {transport}", fields);
    void connection?.closed.then(() => abort("The other side left"));
    const context: SessionContext = {
      sessionId: id,
      body,
      signal,
      ...(this.#options.cliArgs ? { cliArgs: this.#options.cliArgs } : {}),
    };
    try {
      await abandonable(Promise.resolve(start.run(context)), signal, fields);
    } catch (error) {
      // A bot that stops because its session was aborted has not failed.
      if (!signal.aborted) {
        logger.error("The bot of session {sessionId} failed: {error}", { ...fields, error });
        start.fail?.("The bot failed; see the runner's log.");
        if (start.fail && connection) await lastWords(connection);
      }
    }
    try {
      await connection?.[Symbol.asyncDispose]();
    } catch (error) {
      logger.warn("Session {sessionId} did not close cleanly: {error}", { ...fields, error });
    }
    abort("The bot returned");
    const seconds = Math.round((performance.now() - began) / 100) / 10;
    logger.info("Session {sessionId} ended after {seconds} s", { ...fields, seconds });
  }
}

/** Lets the client read why the bot failed: some read a message later than the close behind it. */
async function lastWords({ closed }: Connection): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, LAST_WORDS_MS);
  await Promise.race([closed, late]);
  clearTimeout(timer);
}

function closing(): RunnerError {
  return new RunnerError("closing", "The runner is shutting down.", { status: 503, retryAfter: 5 });
}

/** The bot's promise, given up when it outlives its session for too long. */
function abandonable(
  bot: Promise<void>,
  signal: AbortSignal,
  fields: Readonly<Record<string, unknown>>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const abandon = () => {
      timer = setTimeout(() => {
        logger.warn("The bot of session {sessionId} ignores its signal; it is left behind", {
          ...fields,
        });
        resolve();
      }, ABANDON_MS);
    };
    if (signal.aborted) abandon();
    else signal.addEventListener("abort", abandon, { once: true });
    bot.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abandon);
    });
  });
}
