/**
 * Sessions in Daily rooms.
 *
 * @module
 */
import { getLogger } from "../../core/log.ts";
import type { Bot } from "../../core/bot.ts";
import type { Environment } from "../../core/carrier.ts";
import { RunnerError } from "../../core/error.ts";
import type { Session, Sessions } from "../../sessions/session.ts";
import { LONGEST_TIMER_MS } from "../../core/wait.ts";
import { openable } from "../../transports/open.ts";
import { type DailyRoomConfig, deleteDailyRoom } from "./configure.ts";

const logger = getLogger(["pipecat", "runner", "daily"]);

/** How long the rooms of sessions last, in ms: the longest session of Pipecat Cloud. */
export const SESSION_MS = 4 * 60 * 60_000;

/** What happens to a room when its session ends: it is deleted at once, or left to expire. */
export type DailyRoomEnd = "delete" | "expire";

/** What a session in a Daily room needs. */
export interface DailySessionOptions {
  readonly bot: Bot;
  readonly sessions: Sessions;
  readonly environment: Environment;
  /** Default: `expire`. A room that was not made for the session is never deleted. */
  readonly roomEnd?: DailyRoomEnd | undefined;
}

/** A session that is to begin. */
export interface DailySessionStart {
  readonly sessionId: string;
  readonly room: DailyRoomConfig;
  readonly body: unknown;
}

/**
 * Starts the bot in a room. The session ends when the bot returns, at the latest with the room.
 *
 * @throws {RunnerError} `closing` if the runner is shutting down.
 */
export function startDailySession(options: DailySessionOptions, start: DailySessionStart): Session {
  const { bot, sessions } = options;
  const { sessionId: id, room, body } = start;
  const { roomUrl, token, sipEndpoint, expires } = room;
  const session = sessions.start({
    id,
    transport: "daily",
    body,
    async run(context) {
      try {
        const dialin = sipEndpoint ? { sipEndpoint } : {};
        await bot(openable({ ...context, transport: "daily", roomUrl, token, ...dialin }, () => {
          throw new RunnerError("no_transport", NO_SDK);
        }));
      } finally {
        if (options.roomEnd === "delete" && room.created) await discard(room, options);
      }
    },
  });
  if (expires !== undefined) {
    const rest = Math.max(0, expires * 1000 - Date.now());
    const expire = () => session.abort("The room has expired");
    const timer = rest > LONGEST_TIMER_MS ? undefined : setTimeout(expire, rest);
    session.signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  }
  return session;
}

async function discard({ roomUrl }: DailyRoomConfig, options: DailySessionOptions): Promise<void> {
  try {
    await deleteDailyRoom(roomUrl, { environment: options.environment });
  } catch (error) {
    logger.warn("A room could not be deleted; it will expire: {error}", { error });
  }
}

const NO_SDK =
  "Daily has no server SDK for JavaScript, so there is no transport here: join args.roomUrl with " +
  "args.token from a browser (daily-js) or from Python (daily-python).";
