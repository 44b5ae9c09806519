/**
 * The options of the command line, what each takes, and the help about them.
 *
 * @module
 */
import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { TRANSPORT_NAMES } from "../core/bot.ts";
import { parseIceServers, publicOrigin } from "../core/config.ts";
import type { IceServer } from "../core/peer.ts";

/** The command that a user types, before its options. */
export const COMMAND = "deno run -A jsr:@pipecat/runner";

/** The variables that stand in for options which are not given. */
export const VARIABLES: Readonly<Record<string, string>> = {
  "--ice-servers": "PIPECAT_ICE_SERVERS",
  "--allowed-origins": "PIPECAT_ALLOWED_ORIGINS",
  "--ws-auth": "PIPECAT_WEBSOCKET_AUTH",
};

/** What an entry of an option that takes several looks like, so that it ends at the bot file. */
export const LISTS: Readonly<Record<string, RegExp>> = {
  "--ice-servers": /^(stuns?:|turns?:|[{[])/,
  "--allowed-origins": /^https?:\/\/[^/]*\/?$/,
};

/**
 * Defines the options.
 *
 * @param bot Whether a bot file is part of the command line.
 */
// deno-lint-ignore explicit-function-return-type explicit-module-boundary-types -- commander infers it from the calls below
export function defineOptions(bot: boolean) {
  return new Command(bot ? COMMAND : "deno run -A your_bot.ts")
    .usage(bot ? "[bot.ts] [options] [the bot's own flags]" : "[options] [the bot's own flags]")
    .description("Runs a voice bot for browsers, phones and WebSockets.")
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .exitOverride()
    .configureOutput({ writeErr: () => {} }) // errors are printed by the caller
    .option("--host <address>", "where to listen", "localhost")
    .addOption(
      new Option("--port <number>", "the port to listen on; 0 takes any free one")
        .default(7860).argParser(parsePort),
    )
    .addOption(
      new Option("-t, --transport <name>", "serve this transport only").choices(TRANSPORT_NAMES),
    )
    .addOption(
      new Option("-x, --proxy <host>", "the name under which the world reaches this runner")
        .argParser(publicOrigin),
    )
    .option("-f, --folder <path>", "let clients download the files of a folder, at /files/")
    .addOption(
      new Option(
        "--ice-servers <server>",
        "one or more STUN and TURN servers: URLs, or JSON objects",
      )
        .argParser(collectIceServers),
    )
    .addOption(
      new Option(
        "--allowed-origins <origin>",
        "one or more origins: no other pages may use the runner",
      )
        .argParser(collectOrigins),
    )
    .addOption(
      new Option("--ws-auth <mode>", "whether a WebSocket needs the token of POST /start")
        .choices(["none", "token"]),
    )
    .addOption(
      new Option("--udp-ports <first-last>", "the ports that WebRTC may use, as in 50000-50100")
        .argParser(parsePorts),
    )
    .option("--esp32", "fit WebRTC answers to an ESP32; needs --host")
    .option("-v, --verbose", "say more; -vv says everything", (_, count) => count + 1, 0)
    .option("--version", "print the version")
    .option("-h, --help", "print this help");
}

/** The text of `--help`. */
export function helpText(bot: boolean): string {
  return `${defineOptions(bot).helpInformation()}${bot ? HELP_BOT : ""}${HELP}`;
}

const HELP_BOT = `
The bot file exports a function bot, and app if it has routes of its own. With no file named,
./bot.ts is run; "demo" is a bot that needs no keys.
`;

const HELP = `
A flag that the runner does not know goes to the bot, in args.cliArgs: --voice anna --fast becomes
{ voice: "anna", fast: true }. After -- every flag is the bot's.

${Object.values(VARIABLES).join(", ")} stand in for their
options. Variables come from .env too, if there is one; those that are set keep their value.`;

function parsePort(value: string): number {
  const port = Number(value);
  if (/^\d+$/.test(value) && port <= 65_535) return port;
  throw new InvalidArgumentError("Give a number from 0 to 65535.");
}

function parsePorts(value: string): readonly [number, number] {
  const [, first, last] = /^(\d+)-(\d+)$/.exec(value)?.map(Number) ?? [];
  if (first && last && first <= last && last <= 65_535) return [first, last];
  throw new InvalidArgumentError("Give the first and the last port, as in 50000-50100.");
}

function collectIceServers(value: string, before: readonly IceServer[] = []): IceServer[] {
  return [...before, ...parseIceServers(value)];
}

function collectOrigins(value: string, before: readonly string[] = []): string[] {
  const origins = value.split(",").map((text) => text.trim()).filter(Boolean).map((text) => {
    const url = URL.parse(text);
    if (url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.origin;
    throw new InvalidArgumentError("Give origins such as https://example.com.");
  });
  return [...before, ...origins];
}
