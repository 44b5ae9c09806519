/**
 * How long to wait for what ends: a bot, a client, or anything else.
 *
 * @module
 */
import { getLogger } from "../core/log.ts";
import type { CloseInfo } from "../core/duplex.ts";
import { within } from "../core/wait.ts";

const logger = getLogger(["pipecat", "runner", "session"]);

/**
 * How long a bot may go on after its session was aborted before the runner stops waiting for it, in
 * ms.
 */
const ABANDON_MS = 10_000;
/** How long a client may take to read why its session ends, before the connection closes, in ms. */
export const LAST_WORDS_MS = 250;

/** Why a session ends whose bot has finished. */
export const BOT_FINISHED = "The bot has finished";
/** What the client of a failed bot is told: the reason is only in the log. */
export const BOT_FAILED = "The bot failed; see the runner's log.";

/**
 * Lets the client read why its session ends: some read a message only after the close that follows
 * it.
 */
export async function lastWords(
  { closed }: { readonly closed: Promise<CloseInfo> },
): Promise<void> {
  await within(LAST_WORDS_MS, closed);
}

/** The bot's promise, abandoned if it outlives its session for too long. */
export function abandonable(
  bot: Promise<void>,
  signal: AbortSignal,
  fields: Readonly<Record<string, unknown>>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const abandon = () => {
      timer = setTimeout(() => {
        logger.warn(
          "The bot of session {sessionId} ignores its signal; the runner stops waiting for it",
          {
            ...fields,
          },
        );
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
