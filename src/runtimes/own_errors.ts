/**
 * Errors that nobody catches, in a process that is not the runner's own: those of its bots are logged,
 * and all others go the way that they would have gone without a runner.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import process from "node:process";
import type { WatchUncaught } from "./uncaught.ts";

/** Set in everything that a mounted runner has started. */
const own = new AsyncLocalStorage<true>();

/** Runs what belongs to a mounted runner, and everything that it starts. */
export function asOwn<Result>(run: () => Result): Result {
  return own.run(true, run);
}

/**
 * Watches a Node process. Bun does not say what an error belongs to, so there no error is the
 * runner's.
 */
export const watchOwnProcess: WatchUncaught = ({ rejected, thrown }) => {
  const onRejection = (reason: unknown) => {
    if (own.getStore()) return rejected(reason);
    // If nobody else listens, Node turns it into an exception.
    if (process.listenerCount("unhandledRejection") === 1) throw reason;
  };
  const onException = (error: unknown) => {
    if (own.getStore()) return thrown(error);
    if (process.listenerCount("uncaughtException") > 1) return;
    stop(); // if nobody else listens, Node ends the process
    process.nextTick(() => {
      throw error;
    });
  };
  const stop = () => {
    process.off("unhandledRejection", onRejection);
    process.off("uncaughtException", onException);
  };
  process.on("unhandledRejection", onRejection);
  process.on("uncaughtException", onException);
  return stop;
};

/** Watches a Deno process, which says what a rejection belongs to, but not what a timer does. */
export const watchOwnRejections: WatchUncaught = ({ rejected }) => {
  const onRejection = (event: PromiseRejectionEvent) => {
    if (!own.getStore()) return;
    event.preventDefault();
    rejected(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", onRejection);
  return () => globalThis.removeEventListener("unhandledrejection", onRejection);
};
