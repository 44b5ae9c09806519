/**
 * Reads the command line.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { closest } from "../core/closest.ts";
import { RunnerError } from "../core/error.ts";
import { parseBotFlags } from "./bot_flags.ts";
import type { Option, Settings } from "./option.ts";
import { DEFAULTS, OPTIONS, spelling } from "./options.ts";

/** What was asked for on the command line. */
export interface CommandLine extends Settings {
  /** The bot files that were named; one, as a rule. */
  readonly bots: readonly string[];
  /** The flags that are the bot's own. */
  readonly cliArgs: Readonly<Record<string, unknown>>;
}

/** Where a command line is given. */
export interface CommandLineContext {
  /** Whether it includes a bot file; it does not if the program is the bot. */
  readonly bot: boolean;
  /** The environment, of which some variables stand in for options. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** An IP address, not a host name. `node:net` is more exact, but takes 2 ms to load. */
const IP_ADDRESS = /^\d+\.\d+\.\d+\.\d+$|:/;

/** The runner's own long flags. */
const FLAGS = OPTIONS.map(({ name }) => `--${name}`);

/**
 * Reads the arguments of the command line.
 *
 * @throws {RunnerError} `usage`, with one line that names the option and what it takes.
 */
export function parseCommandLine(
  args: readonly string[],
  { bot, environment = {} }: CommandLineContext,
): CommandLine {
  const { given, words, after } = sortArguments(args);
  const settings = [...fromEnvironment(given, environment), ...given].reduce(apply, DEFAULTS);
  const { print, esp32, hostname, direct, transport, turnUrls, storeUrl } = settings;
  if (print) return { ...settings, bots: [], cliArgs: {} };
  const anywhere = hostname === "0.0.0.0" || hostname === "::";
  if (esp32 && (anywhere || !IP_ADDRESS.test(hostname))) {
    throw usage("--esp32 needs --host with this machine's address, such as --host 192.168.1.20.");
  }
  if (turnUrls && !environment.TURN_SECRET) {
    throw usage("--turn-urls needs TURN_SECRET in the environment: coturn's static-auth-secret.");
  }
  if (storeUrl !== undefined && settings.mediaNodes) {
    throw usage("--store and --media-nodes cannot go together. Leave one out.");
  }
  if (storeUrl !== undefined && !environment.RUNNER_SECRET) {
    throw usage(
      "--store needs RUNNER_SECRET in the environment, the same for all runners that share the " +
        "store: openssl rand -hex 32 makes one.",
    );
  }
  refuseBesideProcesses(settings);
  if (direct && transport && transport !== "daily") {
    throw usage(`--direct joins a Daily room, so it cannot go with -t ${transport}.`);
  }
  const bots = bot ? botFiles(words, after) : noFile(words);
  if (direct && bots.length > 1) {
    throw usage("--direct joins a Daily room with one bot. Name one bot file.");
  }
  return {
    ...settings,
    ...(direct ? { transport: "daily" } : {}),
    bots,
    cliArgs: { ...parseBotFlags(words, FLAGS), ...parseBotFlags(after) },
  };
}

/** Refuses what several processes on one port cannot do. */
function refuseBesideProcesses(settings: Settings): void {
  const { processes = 1, limits: { maxSessions } } = settings;
  if (processes === 1) return;
  const others = {
    "--watch": settings.watch,
    "--direct": settings.direct,
    "--media-nodes": settings.mediaNodes,
  };
  for (const [name, value] of Object.entries(others)) {
    if (value) throw usage(`${name} works with one process only. Leave out --processes.`);
  }
  if (typeof maxSessions === "number" && maxSessions < processes) {
    throw usage(`${processes} processes cannot share ${maxSessions} sessions (--max-sessions).`);
  }
}

/** An option with its given value; empty if the option takes none. */
interface Given {
  readonly option: Option;
  readonly value: string;
  /** The variable that has given it. */
  readonly variable?: string;
}

/** Separates the runner's options from other words, and from everything after `--`. */
function sortArguments(
  args: readonly string[],
): { readonly given: readonly Given[]; readonly words: string[]; readonly after: string[] } {
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      OPTIONS.map(({ name, short, takes }) => [
        name,
        { type: takes ? "string" : "boolean", ...(short ? { short } : {}) },
      ]),
    ),
    strict: false, // a flag that it does not know is the bot's
    tokens: true,
  });
  const given: Given[] = [];
  const words = new Map<number, string>(); // by index: of -abc, each letter is a token
  let list: Option | undefined;
  for (const token of tokens) {
    if (token.kind === "option-terminator") {
      return { given, words: [...words.values()], after: args.slice(token.index + 1) };
    }
    const named = token.kind === "option"
      ? OPTIONS.find(({ name }) => name === token.name)
      : undefined;
    if (named) {
      given.push({ option: named, value: checkValue(named, token.value) });
      list = named.entry && named;
    } else if (token.kind === "positional" && list?.entry?.test(token.value)) {
      given.push({ option: list, value: token.value });
    } else {
      words.set(token.index, args[token.index] ?? ""); // never undefined: tokens are of args
      list = undefined;
    }
  }
  return { given, words: [...words.values()], after: [] };
}

function checkValue(option: Option, value: string | undefined): string {
  if (option.takes && value === undefined) {
    throw usage(`Option '${spelling(option)}' argument missing.`);
  }
  if (!option.takes && !option.entry && value !== undefined) {
    throw usage(`Option '${spelling(option)}' takes no argument.`);
  }
  return value ?? "";
}

/** The options that only the environment gives. */
function fromEnvironment(
  given: readonly Given[],
  environment: Readonly<Record<string, string | undefined>>,
): Given[] {
  return OPTIONS.filter((option) => !given.some((other) => other.option === option))
    .flatMap((option) => {
      if (!("variable" in option)) return [];
      const { variable, takes, entry, opposite = false } = option;
      const value = environment[variable];
      if (!value) return [];
      if (takes || entry) return [{ option, value, variable }];
      return readSwitch(variable, value) === opposite ? [] : [{ option, value: "", variable }];
    });
}

/** Reads the variable of an option that takes no value. */
function readSwitch(variable: string, value: string): boolean {
  if (/^(true|1|yes|on)$/i.test(value)) return true;
  if (/^(false|0|no|off)$/i.test(value)) return false;
  throw usage(`${variable}='${value}' is invalid. Give true or false.`);
}

function apply(settings: Settings, { option, value, variable }: Given): Settings {
  try {
    return { ...settings, ...option.set(value, settings) };
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    if (error.code !== "usage") throw usage(error.message); // it is complete already
    const where = variable === undefined
      ? `Option '${spelling(option)}' argument '${value}'`
      : `${variable}='${value}'`;
    throw usage(`${where} is invalid. ${error.message}`);
  }
}

/** Takes the bot files out of `words`, or from behind a `--` that came before them. */
function botFiles(words: string[], after: string[]): string[] {
  const [first] = words;
  if (first === undefined) {
    return after[0]?.startsWith("-") ? [] : after.splice(0, countFiles(after));
  }
  if (!first.startsWith("-")) return words.splice(0, countFiles(words));
  const flag = first.split("=", 1)[0] ?? first;
  const meant = closest(flag, FLAGS);
  const advice = meant ? `Did you mean ${meant}?` : "The bot's own flags come after the bot file.";
  throw usage(`Unknown option ${flag}. ${advice}`);
}

/**
 * How many words name a bot: the first, whatever it looks like, and those after it that look like
 * files.
 */
function countFiles(words: readonly string[]): number {
  const other = words.findIndex((word, index) => index > 0 && !/\.[cm]?[jt]sx?$/.test(word));
  return other < 0 ? words.length : other;
}

/** Where the program is the bot, a file is most often the sign of a `main` called on import. */
function noFile([first]: readonly string[]): string[] {
  if (first === undefined || first.startsWith("-")) return [];
  throw usage(
    `Unexpected argument "${first}". If that file calls main(), let it do so only \`if (import.meta.main)\`.`,
  );
}

function usage(message: string): RunnerError {
  return new RunnerError("usage", message.replaceAll("\n", " "));
}
