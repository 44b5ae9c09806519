/**
 * Several bots in one runner: their names, and whose session is whose.
 *
 * @module
 */
import type { Bot } from "../core/bot.ts";
import { RunnerError } from "../core/error.ts";
import type { SessionStore } from "./store.ts";

/** The bots of a runner by name; the first is also served at `/`. */
export type Bots = Readonly<Record<string, Bot>>;

/** A bot of several, or the only one, which needs no name. */
export interface NamedBot {
  /** Absent where the runner has one bot. */
  readonly name?: string;
  readonly bot: Bot;
}

/** The first part of the paths that the runner serves itself. */
const TAKEN: readonly string[] = [
  ...["api", "client", "daily", "daily-dialin-webhook", "dial", "files", "livez", "metrics"],
  ...["readyz", "sessions", "start", "status", "whatsapp", "ws", "ws-client"],
];

/**
 * The bots of a runner, in their order.
 *
 * @param taken Names that paths of the runner have, beside those which it always serves.
 * @throws {RunnerError} `bad_bot_name` for a name that cannot be a path, and `no_bot` for no bot.
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

/** A store that shows one bot's sessions to those who ask for that bot, and no others. */
export function storeOf(store: SessionStore, bot: string): SessionStore {
  return {
    put: (key, record, ttl) => store.put(key, { ...record, bot }, ttl),
    async get(key) {
      const record = await store.get(key);
      return record?.bot === bot ? record : undefined;
    },
    async take(key) {
      // A look comes first, so that what belongs to another bot is not used up at the wrong door.
      const record = await store.get(key);
      return record?.bot === bot ? await store.take(key) : undefined;
    },
    extend: (key, ttl) => store.extend(key, ttl),
  };
}
