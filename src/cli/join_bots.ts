/**
 * Which bot files a command line means, and several of them as one runner.
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
import { type BotFileOptions, findBot, loadBot, loadDemo, type LoadedBot } from "./load_bot.ts";
import type { LogFormat } from "./option.ts";
import { COMMAND } from "./options.ts";

/** What the files of a command line make together. */
export interface JoinedBots {
  readonly bot: Bot | Bots;
  /** What to call them. */
  readonly name: string;
  /** The routes of the files that have any. */
  readonly apps: readonly Hono<AppEnv>[];
  /** The options of all files. */
  readonly options: BotFileOptions;
  /** Loads what the first caller would wait for. Never rejects. */
  prepare(): Promise<void>;
}

/** How bots are chosen. */
export interface ChooseOptions {
  /** Loads a bot file. */
  readonly load?: ((file: string) => Promise<LoadedBot>) | undefined;
  /** How to report that there is none. */
  readonly log: LogFormat;
}

/**
 * Loads the named bots, or the one in the working directory; else the demo, if the user wants it.
 *
 * @throws {RunnerError} What {@link loadBot} throws; `usage` if there is none and the output is for
 * machines.
 */
export async function chooseBots(
  named: readonly string[],
  { load = loadBot, log }: ChooseOptions,
): Promise<JoinedBots> {
  const found = await (named.length > 0 ? undefined : findBot());
  const files = found === undefined ? named : [found];
  const loaded: LoadedBot[] = [];
  for (const file of files) loaded.push(await (file === "demo" ? loadDemo() : load(file)));
  if (loaded.length > 0) return joinBots(loaded);
  if (Deno.stdin.isTerminal() && await agreesToDemo()) return joinBots([await loadDemo()]);
  if (log === "json") throw new RunnerError("usage", "There is no bot.ts here. Name a bot file.");
  console.error(USAGE);
  Deno.exit(2);
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

const USAGE = `There is no bot.ts here.

  ${COMMAND} my_bot.ts   runs a bot
  ${COMMAND} demo        runs one that needs no keys
  ${COMMAND} --help      lists all options`;

async function agreesToDemo(): Promise<boolean> {
  await Deno.stdout.write(
    new TextEncoder().encode("There is no bot.ts here. Run the demo bot now? [Y/n] "),
  );
  const answer = new Uint8Array(64);
  const length = await Deno.stdin.read(answer);
  if (length === null) return false; // Ctrl-D
  return /^\s*(y|yes)?\s*$/i.test(new TextDecoder().decode(answer.subarray(0, length)));
}
