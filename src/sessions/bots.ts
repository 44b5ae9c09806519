/**
 * Several bots in one runner: their names, and which session belongs to which.
 *
 * @module
 */
import type { Bot } from "../core/bot.ts";
import { RunnerError } from "../core/error.ts";
import type { SessionStore } from "./store.ts";

/** The bots of a runner by name; the first is also served at `/`. */
export type Bots = Readonly<Record<string, Bot>>;

/** One of several bots, or the only one, which needs no name. */
export interface NamedBot {
  /** Absent if the runner has one bot. */
  readonly name?: string;
  readonly bot: Bot;
}

/** The first parts of the paths that the runner itself serves. */
const TAKEN: readonly string[] = [
  ...["api", "client", "daily", "daily-dialin-webhook", "dial", "files", "livez", "metrics"],
  ...["readyz", "sessions", "start", "status", "whatsapp", "ws", "ws-client"],
];

/**
 * The bots of a runner, in their order.
 *
 * @param taken Names already used by paths of the runner, besides those it always serves.
 * @throws {RunnerError} `bad_bot_name` for a name that cannot be a path, `no_bot` if there is none.
 */
export function namedBots(bot: Bot | Bots, taken: readonly string[]): readonly NamedBot[] {
  if (typeof bot === "function") return [{ bot }];
  const named = Object.entries(bot).map(([name, bot]) => ({ name, bot }));
  if (named.length === 0) throw new RunnerError("no_bot", "There is no bot to run.");
  for (const { name } of named) {
    if (!/^[a-z\d][\w.-]{0,62}$/i.test(name) || TAKEN.includes(name) || taken.includes(name)) {
      throw new RunnerError(
        "bad_bot_name",
        `A bot cannot be named '${name}': the name is part of its address, so use only letters, ` +
          "digits, '-', '_' and '.', and no name that the runner uses as a path.",
      );
    }
  }
  return named;
}

/** A store that shows one bot's sessions, and no others. */
export function storeOf(store: SessionStore, bot: string): SessionStore {
  return {
    put: (key, record, ttl) => store.put(key, { ...record, bot }, ttl),
    async get(key) {
      const record = await store.get(key);
      return record?.bot === bot ? record : undefined;
    },
    async take(key) {
      // It looks first, so that another bot's session is not used up here.
      const record = await store.get(key);
      return record?.bot === bot ? await store.take(key) : undefined;
    },
    extend: (key, ttl) => store.extend(key, ttl),
  };
}
