/**
 * Reads the command line.
 *
 * @module
 */
import { CommanderError } from "@commander-js/extra-typings";
import type { TransportName } from "../core/bot.ts";
import { RunnerError } from "../core/error.ts";
import type { IceServer } from "../core/peer.ts";
import { closestFlag, parseBotFlags } from "./bot_flags.ts";
import { defineOptions, LISTS, VARIABLES } from "./options.ts";

/** What was asked for on the command line. */
export interface CommandLine {
  /** What to print instead of running. */
  readonly print?: "help" | "version";
  /** The bot file, where one was named. */
  readonly bot?: string;
  /** The flags that are the bot's own. */
  readonly cliArgs: Readonly<Record<string, unknown>>;
  readonly hostname: string;
  readonly port: number;
  readonly transport?: TransportName;
  readonly publicUrl?: string;
  readonly folder?: string;
  readonly iceServers: readonly IceServer[];
  readonly allowedOrigins: readonly string[];
  readonly wsAuth?: "none" | "token";
  readonly esp32: boolean;
  readonly udpPorts?: readonly [number, number];
  /** How often `-v` was given. */
  readonly verbose: number;
}

/** An IP address, told from a host name. `node:net` knows better, and takes 2 ms to load. */
const IP_ADDRESS = /^\d+\.\d+\.\d+\.\d+$|:/;

/** Where a command line is given. */
export interface CommandLineContext {
  /** Whether a bot file is part of it; it is not where the program is the bot. */
  readonly bot: boolean;
  /** The environment, of which some variables stand in for options. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads the arguments of the command line.
 *
 * @throws {RunnerError} `usage`, with one line that names the option and what it takes.
 */
export function parseCommandLine(
  args: readonly string[],
  { bot, environment = {} }: CommandLineContext,
): CommandLine {
  const end = args.indexOf("--");
  const given = end < 0 ? args : args.slice(0, end);
  const after = end < 0 ? [] : args.slice(end + 1);
  const command = defineOptions(bot);
  try {
    command.parse([...fromEnvironment(given, environment), ...spreadLists(given)], {
      from: "user",
    });
  } catch (error) {
    const wrong = error instanceof CommanderError || error instanceof RunnerError;
    throw wrong ? usage(error.message) : error;
  }
  const { help, version, host, proxy, ...options } = command.opts();
  const print = help ? "help" : version ? "version" : undefined;
  const common = {
    hostname: host,
    ...(proxy === undefined ? {} : { publicUrl: proxy }),
    iceServers: [],
    allowedOrigins: [],
    esp32: false,
    ...options,
    verbose: Number(options.verbose),
  };
  if (print) return { ...common, print, cliArgs: {} };
  if (options.esp32 && (!IP_ADDRESS.test(host) || host === "0.0.0.0" || host === "::")) {
    throw usage("--esp32 needs --host with this machine's address, such as --host 192.168.1.20.");
  }
  const known = command.options.flatMap(({ long }) => long ?? []);
  const words = [...command.args];
  const file = bot ? botFile(words, after, known) : noFile(words);
  const cliArgs = { ...parseBotFlags(words, known), ...parseBotFlags(after) };
  return { ...common, cliArgs, ...(file === undefined ? {} : { bot: file }) };
}

/** Takes the bot file out of `words`, or from behind a `--` that came before it. */
function botFile(
  words: string[],
  after: string[],
  known: readonly string[],
): string | undefined {
  const [first] = words;
  if (first === undefined) return after[0]?.startsWith("-") ? undefined : after.shift();
  if (!first.startsWith("-")) return words.shift();
  const flag = first.split("=", 1)[0] ?? first;
  const meant = closestFlag(flag, known);
  const advice = meant ? `Did you mean ${meant}?` : "The bot's own flags come after the bot file.";
  throw usage(`Unknown option ${flag}. ${advice}`);
}

/** Where the program is the bot, a file is most often the sign of a `main` called on import. */
function noFile([first]: readonly string[]): undefined {
  if (first === undefined || first.startsWith("-")) return undefined;
  throw usage(
    `Unexpected argument "${first}". If that file calls main(), let it do so only \`if (import.meta.main)\`.`,
  );
}

/** The options that only the environment gives, as if they stood on the command line. */
function fromEnvironment(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  return Object.entries(VARIABLES).flatMap(([option, variable]) => {
    const value = environment[variable];
    const given = args.some((arg) => arg === option || arg.startsWith(`${option}=`));
    return value && !given ? [option, value] : [];
  });
}

/** Turns `--list a b` into `--list a --list b`: commander's own lists would swallow the bot file. */
function spreadLists(args: readonly string[]): string[] {
  let list: string | undefined;
  return args.flatMap((arg, index) => {
    if (Object.hasOwn(LISTS, arg)) list = arg;
    else if (list !== undefined && args[index - 1] !== list) {
      if (LISTS[list]?.test(arg)) return [list, arg];
      list = undefined;
    }
    return [arg];
  });
}

function usage(message: string): RunnerError {
  const line = message.replace(/^error: /, "").replaceAll("\n", " ").replace(/\w$/, "$&.");
  return new RunnerError("usage", line.charAt(0).toUpperCase() + line.slice(1));
}
