/**
 * What a bot forgets to catch must not end the sessions of all the others.
 *
 * @module
 */
import { getLogger } from "../core/log.ts";

const logger = getLogger(["pipecat", "runner", "bot"]);

/** How often the same error is logged within a while: a timer that throws would fill the log. */
const MOST_OF_A_KIND = 3;
const MOST_KINDS = 100;
const WHILE_MS = 10_000;

/** What a host does with errors that nobody catches. */
export interface Uncaught {
  /** A promise was rejected, and nobody waits for it. */
  rejected(error: unknown): void;
  /** An error was thrown, as in a timer. */
  thrown(error: unknown): void;
}

/**
 * Handles uncaught errors if the host would end the process; returns a function that stops this.
 */
export type WatchUncaught = (uncaught: Uncaught) => () => void;

/** How many callers want each watch, and what ends it for all of them. */
const watches = new Map<WatchUncaught, { count: number; readonly stop: () => void }>();

/**
 * Logs uncaught errors and rejections until the returned function is called, if the host would end
 * the process. Once for all servers of a process. The line of a rejection names its session if the
 * host knows it, like everything that is logged from one; which session a timer belongs to is
 * unknown.
 */
export function outliveBotErrors(watch: WatchUncaught): () => void {
  const watching = watches.get(watch) ?? { count: 0, stop: watch(logUncaught()) };
  watches.set(watch, watching);
  watching.count++;
  let over = false;
  return () => {
    if (!over && --watching.count === 0) {
      watches.delete(watch);
      watching.stop();
    }
    over = true;
  };
}

function logUncaught(): Uncaught {
  const mayTell = limiter();
  return {
    rejected(error) {
      if (mayTell(error)) logger.error("A rejected promise was not handled: {error}", { error });
    },
    thrown(error) {
      if (mayTell(error)) logger.error("An error was not caught: {error}", { error });
    },
  };
}

/** Tells whether an error may be logged now, and from time to time how many were not. */
function limiter(): (error: unknown) => boolean {
  const kinds = new Map<string, number>();
  let began = -Infinity;
  let more = 0;
  return (error) => {
    const now = performance.now();
    if (now - began > WHILE_MS) {
      if (more > 0) logger.error("{more} more errors of the same kind were not caught", { more });
      kinds.clear();
      began = now;
      more = 0;
    }
    const kind = error instanceof Error ? error.message : typeof error;
    const times = (kinds.get(kind) ?? 0) + 1;
    if (times <= MOST_OF_A_KIND && kinds.size < MOST_KINDS) {
      kinds.set(kind, times);
      return true;
    }
    more++;
    return false;
  };
}
