/**
 * Finds and loads a bot file, and says what is wrong with it.
 *
 * @module
 */
import type { Hono } from "hono";
import { relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";
import type { Bot } from "../core/bot.ts";
import { RunnerError } from "../core/error.ts";
import { getLogger } from "../core/log.ts";
import type { OptionParsers } from "../core/options.ts";
import { parseSpelledOptions } from "../core/spelled_options.ts";
import type { AppEnv } from "../http/env.ts";
import { runnerOptions } from "../host_options.ts";
import type { RunnerOptions } from "../runner_options.ts";

const logger = getLogger(["pipecat", "runner", "demo"]);

/** What a bot file may export as `options`: the settings of the runner that flags cannot say. */
export type BotFileOptions = Pick<
  RunnerOptions,
  "client" | "daily" | "fleet" | "limits" | "onCall" | "readyz" | "store" | "use" | "webrtc"
>;

/** Their parsers. */
const runner = runnerOptions();
const BOT_FILE_OPTIONS: OptionParsers<BotFileOptions> = {
  client: runner.client,
  daily: runner.daily,
  fleet: runner.fleet,
  limits: runner.limits,
  onCall: runner.onCall,
  readyz: runner.readyz,
  store: runner.store,
  use: runner.use,
  webrtc: runner.webrtc,
};

/** A bot, and where it came from. */
export interface LoadedBot {
  readonly bot: Bot;
  /** What to call it. */
  readonly name: string;
  /** The module's own routes, if it exports `app`. */
  readonly app?: Hono<AppEnv>;
  /** What the module exports as `options`. */
  readonly options?: BotFileOptions;
  /** Loads what the first caller would wait for; to be called once the runner listens. */
  readonly prepare?: () => Promise<void>;
}

/** The files to run if none is named. */
const USUAL_FILES = ["bot.ts", "bot.js", "bot.mts", "bot.mjs"];

/** The bot file in the working directory, under one of the usual names. */
export async function findBot(): Promise<string | undefined> {
  for (const file of USUAL_FILES) {
    if (await fileAt(file)) return file;
  }
  return undefined;
}

/** Loads the bot that needs no keys. Its voice is not part of it: the package may not be here yet. */
export async function loadDemo(): Promise<LoadedBot> {
  const { bot } = await import("../demo/bot.ts");
  return { bot, name: "demo", prepare: loadVoice };
}

async function loadVoice(): Promise<void> {
  try {
    const { loadSpeech } = await import("../demo/speech.ts");
    await loadSpeech();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    logger.error("The demo has no voice. {reason}", { reason }); // no stack: it is about the network
  }
}

/**
 * Loads a bot file, given as a path or as a URL.
 *
 * @throws {RunnerError} `no_bot_file`, `not_permitted`, `bot_not_loaded`, `no_bot`, `bad_app` or
 * `bad_option`: one line that says where it failed. The cause is the module's own error.
 *
 * @param query Follows the module's address, such as `?watch=2`: the same address is loaded once.
 */
export async function loadBot(file: string, query = ""): Promise<LoadedBot> {
  const remote = /^[a-z]{2,}:/.test(file); // one letter would be a Windows drive
  if (!remote) await mustBeFile(file);
  // Without a folder `resolve` asks Node's `process` for it: 5 ms of a launch.
  const url = remote ? file : pathToFileURL(resolve(Deno.cwd(), file)).href;
  let module: Readonly<Partial<Record<"bot" | "app" | "options" | "readyz", unknown>>>;
  try {
    module = await import(`${url}${query}`);
  } catch (cause) {
    throw new RunnerError("bot_not_loaded", `${file} cannot be loaded: ${reason(cause)}`, {
      cause,
    });
  }
  const { bot, app, options, readyz } = module;
  if (typeof bot !== "function") {
    throw new RunnerError(
      "no_bot",
      `${file} has no bot. Add: export async function bot(args) { … }`,
    );
  }
  return {
    bot: bot as Bot, // a function by the name of bot: its arguments cannot be looked at
    name: file,
    ...(app === undefined ? {} : { app: routesOf(app, file) }),
    ...(options === undefined && readyz === undefined
      ? {}
      : { options: readOptions(file, { ...(readyz ? { readyz } : {}), ...Object(options) }) }),
  };
}

function readOptions(file: string, options: unknown): BotFileOptions {
  try {
    return parseSpelledOptions<BotFileOptions>(BOT_FILE_OPTIONS, options);
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    const names = Object.keys(BOT_FILE_OPTIONS).join(", ");
    throw new RunnerError(
      "bad_option",
      `${file} exports wrong options. ${error.message} A bot file may set ${names}; set the ` +
        "rest with flags: see --help.",
    );
  }
}

/**
 * The routes that a bot file exports. They may come from another copy of Hono than the runner's,
 * because of a lock file or a cache, so they are recognized by their members instead of their
 * class.
 */
function routesOf(app: unknown, file: string): Hono<AppEnv> {
  const has = typeof app === "object" && app !== null && "routes" in app && "fetch" in app;
  if (has && Array.isArray(app.routes) && typeof app.fetch === "function") {
    return app as Hono<AppEnv>; // which environment its routes expect cannot be looked at
  }
  throw new RunnerError(
    "bad_app",
    `The app that ${file} exports is not a Hono app. Export one, or rename it.`,
  );
}

async function mustBeFile(path: string): Promise<void> {
  const found = await lookAt(path);
  if (found?.isFile) return;
  throw new RunnerError(
    "no_bot_file",
    found
      ? `${path} is not a file. Name the bot's file in it.`
      : `There is no ${path} in ${Deno.cwd()}.`,
  );
}

/**
 * What is at a path; undefined if there is nothing.
 *
 * @throws {RunnerError} `not_permitted` if Deno may not look.
 */
export async function lookAt(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotCapable)) return undefined;
    const detail = `Deno may not read ${path}: run it with --allow-read.`;
    throw new RunnerError("not_permitted", detail, { cause });
  }
}

async function fileAt(path: string): Promise<boolean> {
  return (await lookAt(path))?.isFile ?? false;
}

/** What went wrong while a module was loaded, and where, in one line. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const lines = stripVTControlCharacters(error.stack ?? error.message)
    .split("\n").map((line) => line.trim());
  const excerpt = lines.findIndex((line) => /^(\||\d+ \||at )/.test(line));
  const end = excerpt < 0 ? lines.length : excerpt;
  const unresolved = "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
  const what = lines.slice(0, end).join(" ")
    .replace(unresolved ? "TypeError: " : /^Error: /, "").replace(/\.$/, "");
  const [place] = lines.slice(end).flatMap((line) => /\w+:\/\/[^\s)]+:\d+:\d+/.exec(line) ?? []);
  const told = !place || what.includes(place) ||
    place.startsWith(new URL(".", import.meta.url).href);
  return shorten(told ? what : `${what} (${place})`);
}

/** Names files as the user does, by their path from here. */
function shorten(text: string): string {
  return text.replace(/file:\/\/[^\s"')]+/g, (url) => relative(Deno.cwd(), fileURLToPath(url)));
}
