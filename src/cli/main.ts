/**
 * The command line, from its arguments to the last line it prints.
 *
 * @module
 */
import type { Hono } from "hono";
import { basename } from "node:path";
import type { FileFolder } from "../core/platform.ts";
import type { Bot } from "../core/bot.ts";
import { type Bots, type NamedBot, namedBots } from "../sessions/bots.ts";
import { RunnerError } from "../core/error.ts";
import type { Fleet } from "../core/fleet.ts";
import type { Feature } from "../features/feature.ts";
import type { AppEnv } from "../http/env.ts";
import { createRoutes } from "../http/hono.ts";
import { startTokenCheck } from "../http/start_token.ts";
import { serve } from "../runtimes/deno_server.ts";
import type { RunnerServer } from "../runtimes/server.ts";
import { SERVE_OPTIONS } from "../runtimes/serve_options.ts";
import type { SessionStore } from "../sessions/store.ts";
import { type CommandLine, parseCommandLine } from "./command_line.ts";
import { loadEnvironment } from "./environment.ts";
import type { FailureOptions } from "./failure.ts";
import { findBot, loadBot, loadDemo, type LoadedBot } from "./load_bot.ts";
import { configureLog } from "./log.ts";
import { joinBots, type JoinedBots } from "./join_bots.ts";
import { lookAt } from "./look.ts";
import { COMMAND, DEFAULTS } from "./options.ts";
import { outliveBotErrors } from "../runtimes/uncaught.ts";
import { watchEvents } from "../runtimes/uncaught_events.ts";
import { createRedact } from "./redact.ts";
import { createSessionLogs } from "./session_logs.ts";
import type { Sharing } from "./shared_store.ts";
import { type StopRequest, stopRequest } from "./stop.ts";
import { styleOf } from "./style.ts";

/** How long what a bot has left running may keep the process alive after the end, in ms. */
const LINGER_MS = 500;

/** What the command line works with. */
export interface CliOptions {
  /** The arguments. Default: those of the process. */
  readonly args?: readonly string[];
  /** Routes of the user's own. */
  readonly app: Hono<AppEnv>;
  /** The bot, or several by name, where the program is the bot; else the arguments name its file. */
  readonly bot?: Bot | Bots;
  /** What a program that is the bot shares with others. */
  readonly store?: SessionStore;
  readonly fleet?: Fleet;
}

/** What may stand in the place of a bot file, each loaded when it is asked for. */
const SUBCOMMANDS: Readonly<Record<string, () => Promise<Subcommand>>> = {
  call: async () => (await import("../testing/command.ts")).callCommand,
  dial: async () => (await import("./dial.ts")).dialCommand,
};

type Subcommand = (
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
) => Promise<void>;

/** Does what the arguments say; resolves when the runner was stopped, and exits where it fails. */
export async function runCommandLine(options: CliOptions): Promise<void> {
  const { args = Deno.args, app, bot } = options;
  let told: FailureOptions = { verbose: false, format: "text" };
  try {
    loadEnvironment();
    const [first = "", ...rest] = args;
    const subcommand = bot || !Object.hasOwn(SUBCOMMANDS, first) ? undefined : SUBCOMMANDS[first];
    if (subcommand) return await (await subcommand())(rest, Deno.env.toObject());
    const environment = Deno.env.toObject();
    if (environment.PIPECAT_LOG === "json") told = { ...told, format: "json" };
    const command = parseCommandLine(args, { bot: !bot, environment });
    told = { verbose: command.verbose > 0, format: command.log };
    if (command.print === "help") {
      return console.log((await import("./help.ts")).helpText(!bot, styleOf("stdout")));
    }
    if (command.print === "version") return console.log((await import("./version.ts")).VERSION);
    const { bots, watch = false } = command;
    const reloads = watch && !bot ? (await import("./reload.ts")).createReloads() : undefined;
    try {
      const load = reloads?.load ?? loadBot;
      const loaded = bot ? ownBots(bot, options) : joinBots(await chooseBots(bots, load));
      await run(loaded, command, { app, use: reloads ? [reloads.feature] : [] });
    } finally {
      reloads?.[Symbol.dispose]();
    }
  } catch (error) {
    const { printFailure } = await import("./failure.ts");
    Deno.exit(printFailure(error, told));
  }
}

/** The bots of a program that runs itself. */
function ownBots(bot: Bot | Bots, { store, fleet }: CliOptions): JoinedBots {
  const name = basename(new URL(Deno.mainModule).pathname);
  const options = { ...(store ? { store } : {}), ...(fleet ? { fleet } : {}) };
  return { bot, name, apps: [], options, prepare: () => Promise.resolve() };
}

/** The bots that were named, or the one that lies here; else the demo, if the user wants it. */
async function chooseBots(
  named: readonly string[],
  load: (file: string) => Promise<LoadedBot>,
): Promise<LoadedBot[]> {
  const found = await (named.length > 0 ? undefined : findBot());
  const files = found === undefined ? named : [found];
  const loaded: LoadedBot[] = [];
  for (const file of files) loaded.push(await (file === "demo" ? loadDemo() : load(file)));
  if (loaded.length > 0) return loaded;
  if (Deno.stdin.isTerminal() && await agreesToDemo()) return [await loadDemo()];
  console.error(USAGE);
  Deno.exit(2);
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

interface Parts {
  /** The user's own routes. */
  readonly app: Hono<AppEnv>;
  readonly use: readonly Feature[];
}

async function run(loaded: JoinedBots, command: CommandLine, parts: Parts): Promise<void> {
  const { folder } = command;
  if (folder !== undefined && !(await lookAt(folder))?.isDirectory) {
    throw new RunnerError("no_folder", `There is no folder ${folder} to serve with -f.`);
  }
  const { runnerBodyFile } = command;
  const runnerBody = runnerBodyFile === undefined
    ? undefined
    : await (await import("./body_file.ts")).readBodyFile(runnerBodyFile);
  const credentials = command.iceServers.flatMap(({ credential }) => credential ?? []);
  const { metricsToken = "", startToken = "", turnUrls } = command;
  const redact = createRedact(Deno.env.toObject(), [
    ...credentials,
    metricsToken,
    ...startToken.split(","),
  ]);
  const sessionLogs = createSessionLogs({
    redact,
    ...(startToken === "" ? {} : { isToken: startTokenCheck(startToken) }),
  });
  configureLog({
    format: command.log,
    redact,
    onRecord: sessionLogs.record,
    exported: ["true", "1"].includes(Deno.env.get("OTEL_DENO") ?? ""),
    verbose: command.verbose,
    terminal: Deno.stderr.isTerminal(),
    style: styleOf("stderr"),
  });
  if (command.direct) {
    outliveBotErrors(watchEvents);
    const { runDirect } = await import("./direct.ts");
    const [{ bot }] = namedBots(loaded.bot, []) as [NamedBot]; // of several, none may be direct
    return await runDirect(bot, command.cliArgs);
  }
  const routes = createRoutes();
  // A bot file may export the very app that it has imported from here.
  for (const each of new Set([parts.app, ...loaded.apps])) routes.route("/", each);

  const stop = stopRequest();
  try {
    sessionLogs.watchConsole();
    const use = [sessionLogs.feature, ...parts.use, ...loaded.options.use ?? []];
    if (command.record !== undefined) {
      const { recording } = await import("../runtimes/recording.ts");
      use.push(recording(command.record, { numbers: command.recordNumbers ?? false }));
    }
    if (command.uploadsFolder !== undefined) {
      const { uploadFolder, uploads } = await import("../runtimes/uploads.ts");
      const maxFiles = command.uploadsFolderMaxFiles ?? 10;
      use.push(uploads(uploadFolder(command.uploadsFolder, { maxFiles: maxFiles || false })));
    }
    const sharing = await sharingOf(loaded, command);
    const server = await serve(loaded.bot, {
      ...loaded.options,
      ...givenOf(command),
      ...sharing?.options,
      ...(turnUrls ? await (await import("./turn_servers.ts")).turnServers(turnUrls, command) : {}),
      use,
      limits: { ...loaded.options.limits, ...command.limits },
      app: routes,
      environment: Deno.env.toObject(),
      ...(folder === undefined ? {} : { files: await filesOf(folder) }),
      ...(runnerBody === undefined ? {} : { runnerBody }),
    });
    try {
      await untilStopped(server, { loaded, command, stop, shared: sharing?.facts });
    } finally {
      await server.close();
      await sharing?.close();
    }
  } finally {
    stop[Symbol.dispose]();
  }
}

/** What a server is to say, and how long it is to run. */
interface Serving {
  readonly loaded: JoinedBots;
  readonly command: CommandLine;
  readonly stop: StopRequest;
  /** Where the other runners find this one. */
  readonly shared: string | undefined;
}

/** What the runner shares with others, where it does. */
async function sharingOf(
  { options: { fleet } }: JoinedBots,
  command: CommandLine,
): Promise<Sharing | undefined> {
  if (command.storeUrl === undefined && !fleet) return undefined;
  const { shareStore } = await import("./shared_store.ts");
  return await shareStore(command, { fleet });
}

/** Says where the bot is to be found, and waits until the process is asked to stop and may end. */
async function untilStopped(server: RunnerServer, serving: Serving): Promise<void> {
  const { loaded, command, stop, shared } = serving;
  outliveBotErrors(watchEvents); // past the server's end, while its bots stop
  const { announce, farewell } = await import("./announce.ts");
  await announce(server, command, { bot: loaded.name, shared });

  void loaded.prepare(); // it never rejects
  const wish = await stop.asked;
  farewell(wish, server.runner.sessions.load, command);
  if (wish === "drained") await server.drain({ deadlineMs: command.drainMs });
  else await server.close();
  Deno.unrefTimer(setTimeout(() => Deno.exit(), LINGER_MS));
}

async function filesOf(folder: string): Promise<FileFolder> {
  const { fileFolder } = await import("../runtimes/files.ts");
  return fileFolder(folder);
}

/** The settings that somebody has set, by a flag or the environment: others may come from a bot file. */
function givenOf(command: CommandLine): Partial<CommandLine> {
  const defaults: Readonly<Record<string, unknown>> = { ...DEFAULTS };
  const given = Object.entries(command).filter(([name, value]) =>
    name in SERVE_OPTIONS && value !== defaults[name]
  );
  return Object.fromEntries(given);
}
