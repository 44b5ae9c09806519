/**
 * A bot that joins a Daily room at once, with no server.
 *
 * @module
 */
import type { Bot } from "../core/bot.ts";
import { SessionSet } from "../sessions/session_set.ts";
import { configureDaily } from "../ways/daily/configure.ts";
import { SESSION_MS, startDailySession } from "../ways/daily/session.ts";
import { printableLine } from "../core/printable.ts";
import { stopRequest } from "./stop.ts";

/** How long what a bot left running may keep the process alive after the end, in ms. */
const LINGER_MS = 500;

/**
 * Makes a room, or takes that of `DAILY_ROOM_URL`, and runs the bot in it until it returns or the
 * process is asked to stop. A bot that fails makes the process end with 1.
 *
 * @throws {RunnerError} if there is no room to join.
 */
export async function runDirect(
  bot: Bot,
  cliArgs: Readonly<Record<string, unknown>>,
): Promise<void> {
  const environment = Deno.env.toObject();
  const duration = { roomLifetimeMs: SESSION_MS, tokenLifetimeMs: SESSION_MS };
  const room = await configureDaily({ environment, ...duration });
  console.log(
    `The bot is joining ${printableLine(room.roomUrl)}\nOpen it to talk. Ctrl-C stops the bot.`,
  );

  const stop = stopRequest();
  const sessions = new SessionSet({ cliArgs });
  let failed = false;
  const watched: Bot = async (args) => {
    try {
      await bot(args);
    } catch (error) {
      failed = !args.signal.aborted;
      throw error;
    }
  };
  const start = { sessionId: crypto.randomUUID(), room, body: {} };
  const { done } = startDailySession({ bot: watched, sessions, environment }, start);
  try {
    await Promise.race([stop.asked, done]);
    await sessions.close();
  } finally {
    stop[Symbol.dispose]();
  }
  if (failed) Deno.exitCode = 1;
  Deno.unrefTimer(setTimeout(() => Deno.exit(), LINGER_MS));
}
