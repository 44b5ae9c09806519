/**
 * One run of a bot, from the first byte of media to the last.
 *
 * @module
 */
import { getLogger, inSession } from "../core/log.ts";
import type { SessionContext } from "../core/bot.ts";
import type { CloseInfo } from "../core/duplex.ts";
import { abandonable, BOT_FAILED, BOT_FINISHED, lastWords } from "./ending.ts";
import { RunnerError } from "../core/error.ts";
import type { KeptLimits } from "./limits.ts";
import type { SessionEnd, SessionOutcome } from "../core/monitor.ts";
import type { Session, SessionsOptions, SessionStart } from "./session.ts";
import { watchSession } from "./session_watch.ts";

const logger = getLogger(["pipecat", "runner", "session"]);

/** A session, as the set of all sessions sees it. */
export interface RunningSession extends Session {
  /** Tells the client why, then aborts. */
  end(reason: string, outcome: SessionOutcome): Promise<void>;
  /** Stops waiting for it. */
  leave(): void;
}

/** What a session runs with. */
export interface RunOptions extends Omit<SessionsOptions, "limits"> {
  readonly limits: KeptLimits;
  /** Called when the session is over, before `done` resolves. */
  readonly over: () => void;
}

/** Runs a session; its bot is called one turn later. */
export function runSession(start: SessionStart, options: RunOptions): RunningSession {
  const { id, transport, body, connection } = start;
  const controller = new AbortController();
  const { signal } = controller;
  const ending: Ending = {};
  let told: string | undefined;
  const abort = (why: string, outcome: SessionOutcome = "aborted"): void => {
    if (signal.aborted) return;
    const reason = told ?? why; // a client that was told to leave has not left by itself
    ending.outcome ??= outcome;
    // Otherwise the bot's listeners would log under the name of whoever ends the session.
    inSession(id, () => controller.abort(new RunnerError("session_ended", reason)));
    connection?.close({ closeCode: 1001, reason });
  };
  const run = async (): Promise<SessionEnd> => {
    await runBot(start, { options, signal, abort, ending });
    return { outcome: "returned", ...ending };
  };
  const { promise: left, resolve: leave } = Promise.withResolvers<void>();
  const end = async (reason: string, outcome: SessionOutcome): Promise<void> => {
    if (signal.aborted || told !== undefined) return;
    told = reason;
    ending.outcome ??= outcome;
    logger.info("Session {sessionId} is ended: {reason}", { sessionId: id, transport, reason });
    start.fail?.(reason);
    if (start.fail && connection) await lastWords(connection);
    abort(reason, outcome);
  };
  const unwatch = watchSession({
    limits: options.limits,
    connection,
    end: (reason) => void end(reason, "limit"),
  });
  if (unwatch) signal.addEventListener("abort", unwatch, { once: true });
  const running = Promise.resolve().then(() => monitored(start, options, run));
  const done = Promise.race([left, running]).finally(options.over);
  return { id, transport, body, signal, done, abort, end, leave };
}

/** The end of a session as it comes about: what is known first stays. */
interface Ending {
  outcome?: SessionOutcome;
  error?: unknown;
}

/** Runs a session in a context where the log and the monitor know it. */
async function monitored(
  { id, transport, receivedAt, traceparent }: SessionStart,
  { monitor }: RunOptions,
  run: () => Promise<SessionEnd>,
): Promise<void> {
  const named = () => inSession(id, run);
  if (!monitor?.session) return void await named();
  await monitor.session({
    id,
    transport,
    ...(receivedAt === undefined ? {} : { startMs: performance.now() - receivedAt }),
    ...(traceparent === undefined ? {} : { traceparent }),
  }, named);
}

/** Why a session ends with its connection. */
function whyClosed({ by, reason }: CloseInfo, { outcome }: Ending): [string, SessionOutcome] {
  if (outcome === "returned") return [BOT_FINISHED, "returned"];
  if (outcome === "failed") return ["The bot failed", "failed"];
  if (by === "bot") return [reason ?? "The bot closed the connection", "returned"];
  // A stranger's reason is not for anyone to read.
  return [by === "user" && reason !== undefined ? reason : "The other side left", "left"];
}

/** Whether an error is an aborted signal's. */
function isAbort(error: unknown, signal: AbortSignal): boolean {
  if (error === signal.reason) return true;
  return error instanceof Error &&
    (error.name === "AbortError" ||
      (error instanceof RunnerError && error.code === "session_ended"));
}

/** What a bot runs in. */
interface BotRun {
  readonly options: RunOptions;
  readonly signal: AbortSignal;
  readonly abort: Session["abort"];
  readonly ending: Ending;
}

async function runBot(
  start: SessionStart,
  { options: { cliArgs, fileStorage }, signal, abort, ending }: BotRun,
): Promise<void> {
  const { id, transport, body, connection } = start;
  const began = performance.now();
  const fields = { sessionId: id, transport };
  logger.info("Session {sessionId} began on {transport}", fields);
  void connection?.closed.then((info) => abort(...whyClosed(info, ending)));
  const context: SessionContext = {
    sessionId: id,
    body,
    signal,
    ...(cliArgs ? { cliArgs } : {}),
    ...(fileStorage ? { fileStorage } : {}),
  };
  try {
    // A bot called too late would wait for a past abort.
    if (!signal.aborted) await abandonable(Promise.resolve(start.run(context)), signal, fields);
    ending.outcome ??= "returned"; // before its connection is closed, which looks like leaving
  } catch (error) {
    // A bot that stops because its session was aborted has not failed; one that hung up itself, as
    // it did on its way out, may have.
    const hungUp = ending.outcome === "returned" && !isAbort(error, signal);
    if (!signal.aborted || hungUp) {
      Object.assign(ending, { outcome: "failed", error } satisfies SessionEnd);
      logger.error("The bot of session {sessionId} failed: {error}", { ...fields, error });
      start.fail?.(BOT_FAILED);
      if (start.fail && connection) await lastWords(connection);
    }
  }
  try {
    await connection?.[Symbol.asyncDispose]();
  } catch (error) {
    logger.warn("Session {sessionId} did not close cleanly: {error}", { ...fields, error });
  }
  abort(ending.outcome === "failed" ? "The bot failed" : BOT_FINISHED);
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  logger.info("Session {sessionId} ended after {seconds} s", {
    ...fields,
    seconds,
    outcome: ending.outcome,
  });
}
