/**
 * The sessions that Pipecat Cloud started at `/bot`, whose requests are held open until they end.
 *
 * @module
 */
import type { Bot } from "../../core/bot.ts";
import { RunnerError } from "../../core/error.ts";
import type { Sessions } from "../../sessions/session.ts";
import type { CloudStart } from "./start.ts";

/** How long a client may take to come, in ms. */
const ARRIVAL_MS = 120_000;

/** Sessions by their ids. */
export interface WaitingSessions {
  /** The start of a session; undefined if the platform began it without `/bot`. */
  get(id: string): CloudStart | undefined;
  /**
   * Waits until the bot of a session has returned.
   *
   * @throws {RunnerError} `connect_timeout` if no client comes within two minutes.
   */
  until(start: CloudStart): Promise<void>;
  /** The bot, as it is called for these sessions. */
  readonly bot: Bot;
}

interface Waiting {
  readonly start: CloudStart;
  /** A client has come. */
  came(): void;
  /** The bot has returned. */
  over(): void;
}

/** Makes an empty set of waiting sessions. */
export function createWaiting(bot: Bot, sessions: Sessions): WaitingSessions {
  const waiting = new Map<string, Waiting>();
  return {
    get: (id) => waiting.get(id)?.start,
    async until(start) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const late = setTimeout(() => {
        const detail = `No client has come within ${ARRIVAL_MS / 1000} s.`;
        reject(new RunnerError("connect_timeout", detail));
      }, ARRIVAL_MS);
      const self = { start, came: () => clearTimeout(late), over: resolve };
      waiting.set(start.id, self);
      void sessions.closing.then(resolve);
      try {
        await promise;
      } finally {
        clearTimeout(late);
        sessions.dismiss(start.id); // of a session that did not begin
        if (waiting.get(start.id) === self) waiting.delete(start.id);
      }
    },
    async bot(args) {
      const { sessionId } = args;
      const { start, came, over } = waiting.get(sessionId) ?? {};
      const { flowConfig, mostMs } = start ?? {};
      came?.();
      const end = () => sessions.get(sessionId)?.abort("The session's time is up.", "limit");
      const timer = mostMs === undefined ? undefined : setTimeout(end, mostMs);
      try {
        const flow = flowConfig === undefined ? {} : { flowConfig };
        // The client may be faster than its start, and its own data takes precedence.
        const body = start && isEmpty(args.body) ? { body: start.body } : {};
        await bot({ ...args, ...body, ...flow });
      } finally {
        clearTimeout(timer);
        over?.();
      }
    },
  };
}

function isEmpty(body: unknown): boolean {
  return typeof body === "object" && Object.keys(Object(body)).length === 0;
}
