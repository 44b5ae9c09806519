/**
 * What a bot forgets to catch must not end the sessions of all the others.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";

const logger = getLogger(["pipecat", "runner", "bot"]);

/** Within a while the same error is told so often: a timer that throws would fill the log. */
const MOST_OF_A_KIND = 3;
const MOST_KINDS = 100;
const WHILE_MS = 10_000;

/**
 * Logs errors and rejections that nobody catches, from now on, where Deno would end the process. The
 * line of a rejection names its session, as all that is logged from one does; which session a timer
 * belongs to is not known.
 */
export function outliveBotErrors(): void {
  const mayTell = limiter();
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    if (!mayTell(event.reason)) return;
    logger.error("A rejected promise was not handled: {error}", { error: event.reason });
  });
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    if (!mayTell(event.error)) return;
    logger.error("An error was not caught: {error}", { error: event.error });
  });
}

/** Tells whether an error may be told now, and now and then how many were not. */
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
