/**
 * Several bot files as one runner.
 *
 * @module
 */
import type { Hono } from "hono";
import { basename } from "node:path";
import type { Bot } from "../core/bot.ts";
import type { Bots } from "../sessions/bots.ts";
import { RunnerError } from "../core/error.ts";
import type { OnCall } from "../core/incoming_call.ts";
import type { AppEnv } from "../http/env.ts";
import type { BotFileOptions, LoadedBot } from "./load_bot.ts";

/** What the files of a command line make together. */
export interface JoinedBots {
  readonly bot: Bot | Bots;
  /** What to call them. */
  readonly name: string;
  /** The routes of the files that have any. */
  readonly apps: readonly Hono<AppEnv>[];
  /** The options of all files. */
  readonly options: BotFileOptions;
  /** Loads what the first caller would have to wait for. It never rejects. */
  prepare(): Promise<void>;
}

/**
 * Joins bots. Of several, each is named by its file, as in `/sales/start` for `bots/sales.ts`, decides
 * on its own calls, and brings its features along; of other options the first file that has one is
 * heard.
 *
 * @throws {RunnerError} `bad_bot_name` when two files have one name.
 */
export function joinBots(loaded: readonly LoadedBot[]): JoinedBots {
  const apps = loaded.flatMap(({ app }) => app ?? []);
  const prepare = async () => {
    await Promise.all(loaded.map((each) => each.prepare?.()));
  };
  const name = loaded.map(({ name }) => name).join(", ");
  const [first] = loaded;
  if (first && loaded.length === 1) {
    return { bot: first.bot, name, apps, options: first.options ?? {}, prepare };
  }

  const bots: Record<string, Bot> = {};
  const deciders = new Map<string, OnCall>();
  for (const { name: file, bot, options } of loaded) {
    const name = basename(file).replace(/\.[cm]?[jt]sx?$/, "");
    if (Object.hasOwn(bots, name)) {
      const detail = `Two bot files are named ${name}. Rename one: the name is the bot's address.`;
      throw new RunnerError("bad_bot_name", detail);
    }
    bots[name] = bot;
    if (options?.onCall) deciders.set(name, options.onCall);
  }
  const options = Object.assign({}, ...loaded.map(({ options }) => options).toReversed());
  const use = loaded.flatMap(({ options }) => options?.use ?? []);
  const onCall: OnCall = (call) => deciders.get(call.bot ?? "")?.(call);
  return { bot: bots, name, apps, options: { ...options, use, onCall }, prepare };
}
