/**
 * The command line, from its arguments to the last line it prints.
 *
 * @module
 */
import type { Hono } from "hono";
import { basename } from "node:path";
import type { Bot } from "../core/bot.ts";
import { RunnerError } from "../core/error.ts";
import type { Fleet } from "../core/fleet.ts";
import type { AppEnv } from "../http/env.ts";
import type { ReadyCheck } from "../http/health.ts";
import type { Bots } from "../sessions/bots.ts";
import type { SessionStore } from "../sessions/store.ts";
import { parseCommandLine } from "./command_line.ts";
import { loadEnvironment } from "./environment.ts";
import type { FailureOptions } from "./failure.ts";
import type { JoinedBots } from "./join_bots.ts";
import { styleOf } from "./style.ts";

/** What the command line works with. */
export interface CliOptions {
  /** The arguments. Default: those of the process. */
  readonly args?: readonly string[];
  /** Routes of the user's own. */
  readonly app: Hono<AppEnv>;
  /** The bot, or several by name, if the program is the bot; else the arguments name its file. */
  readonly bot?: Bot | Bots;
  /** What a program that is the bot shares with others. */
  readonly store?: SessionStore;
  readonly fleet?: Fleet;
  /** Says whether such a program takes new sessions. */
  readonly readyz?: ReadyCheck;
}

/** What may be given instead of a bot file, each loaded on demand. */
const SUBCOMMANDS: Readonly<Record<string, () => Promise<Subcommand>>> = {
  call: async () => (await import("../testing/command.ts")).callCommand,
  dial: async () => (await import("./dial.ts")).dialCommand,
};

type Subcommand = (
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
) => Promise<void>;

/** Does what the arguments say; resolves when the runner was stopped, and exits if it fails. */
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
    const { bots, watch = false, processes = 1 } = command;
    if (processes > 1 && !isOneOfSeveral()) {
      refuseOwnStore(options);
      return await (await import("./run_processes.ts")).runProcesses(command);
    }
    const reloads = watch && !bot ? (await import("./reload.ts")).createReloads() : undefined;
    try {
      const [{ chooseBots }, { serveBots }] = await Promise.all([
        import("./join_bots.ts"),
        import("./serve_bots.ts"),
      ]);
      const loaded = bot
        ? ownBots(bot, options)
        : await chooseBots(bots, { load: reloads?.load, log: command.log });
      await serveBots(loaded, command, { app, use: reloads ? [reloads.feature] : [] });
    } finally {
      reloads?.[Symbol.dispose]();
    }
  } catch (error) {
    const { printFailure } = await import("./failure.ts");
    Deno.exit(printFailure(error, told));
  }
}

/** The bots of a program that runs itself. */
function ownBots(bot: Bot | Bots, { store, fleet, readyz }: CliOptions): JoinedBots {
  const name = basename(new URL(Deno.mainModule).pathname);
  const options = {
    ...(store ? { store } : {}),
    ...(fleet ? { fleet } : {}),
    ...(readyz ? { readyz } : {}),
  };
  return { bot, name, apps: [], options, prepare: () => Promise.resolve() };
}

/** Whether this process was started by one that starts several. */
function isOneOfSeveral(): boolean {
  return Deno.env.has("PIPECAT_PROCESS");
}

function refuseOwnStore({ store, fleet }: CliOptions): void {
  if (!store && !fleet) return;
  const detail = "--processes brings its own store. Leave out this program's store and fleet.";
  throw new RunnerError("usage", detail);
}
