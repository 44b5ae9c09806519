/**
 * The options of the command line: what each takes, what it sets, and the help about it.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { parseIceServers } from "../core/ice_servers.ts";
import { addressOf, IP_ADDRESS, LAST_PORT, portOf, udpPortsOf } from "../core/network.ts";
import { basePathOf, publicOriginOf } from "../core/origin.ts";
import { DRAIN_MS } from "../sessions/session_set.ts";
import { TRANSPORT_NAMES } from "../core/transport_names.ts";
import { ACCESS_OPTIONS, oneOf, ORIGIN, parseOrigins, readList } from "./access_options.ts";
import { CARRIER_OPTIONS } from "./carrier_options.ts";
import { FILE_OPTIONS } from "./file_options.ts";
import { LIMIT_OPTIONS } from "./limit_options.ts";
import type { Option, Settings } from "./option.ts";
import { START_OPTIONS } from "./start_options.ts";
import { WATCH_OPTIONS } from "./watch_options.ts";

/** The command that a user types, before its options. */
export const COMMAND = "deno run -A jsr:@pipecat/runner";

/** What is set where no option says otherwise. */
export const DEFAULTS: Settings = {
  hostname: "localhost",
  port: 7860,
  iceServers: [],
  allowedOrigins: [],
  allowedHosts: [],
  publicAddresses: [],
  esp32: false,
  limits: {},
  drainMs: DRAIN_MS,
  log: "text",
  verbose: 0,
};

const ICE_URL = /^(stun|stuns|turn|turns):.+/;

/** What `-t` can name. */
const SERVED = TRANSPORT_NAMES.filter((name) => name !== "eval");

/** All options, in the order of the help. */
export const OPTIONS: readonly Option[] = [
  {
    name: "host",
    takes: "address",
    help: `where to listen. Default: ${DEFAULTS.hostname}`,
    set: (hostname) => ({ hostname }),
  },
  {
    name: "port",
    takes: "number",
    help: `the port to listen on, 0 for any free one.\nDefault: ${DEFAULTS.port}`,
    set: (value) => ({ port: parsePort(value) }),
  },
  {
    name: "transport",
    short: "t",
    takes: "name",
    help: `serve this transport only: one of\n${columnOf(SERVED)}`,
    // Pipecat takes `-t eval` too, and serves as without it: evals come to the carriers' /ws.
    set: (value) => value === "eval" ? {} : { transport: oneOf(SERVED, value) },
  },
  {
    name: "direct",
    short: "d",
    help: "join a Daily room at once, with no server",
    set: () => ({ direct: true }),
  },
  {
    name: "dialin",
    help: "take phone calls from Daily, as -t daily does by itself",
    set: (_value, { daily }) => ({ daily: { ...daily, dialin: true } }),
  },
  {
    name: "no-dialin",
    help: "take no phone calls from Daily, with -t daily",
    set: (_value, { daily }) => ({ daily: { ...daily, dialin: false } }),
  },
  {
    name: "whatsapp",
    help: "take WhatsApp calls, at /whatsapp",
    set: () => ({ whatsapp: true }),
  },
  {
    name: "proxy",
    short: "x",
    takes: "host",
    help: "the public hostname of this runner",
    set: (value) => ({ publicUrl: parseProxy(value) }),
  },
  {
    name: "base-path",
    takes: "path",
    help: "the path below which all is served, as in /voice; a proxy\npasses it on as it is",
    variable: "PIPECAT_BASE_PATH",
    set: (value) => ({ basePath: parsePath(value) }),
  },
  ...FILE_OPTIONS,
  {
    name: "eval",
    help: "let other machines run evals of Pipecat's harness, at /ws",
    set: () => ({ evals: true }),
  },
  {
    name: "no-eval",
    help: "let nobody run evals; by default this machine's programs may",
    set: () => ({ evals: false }),
  },
  {
    name: "ice-servers",
    takes: "server",
    help: "one or more STUN and TURN servers: URLs, or JSON objects",
    variable: "PIPECAT_ICE_SERVERS",
    entry: /^(stuns?:|turns?:|[{[])/,
    set: (value, before) => ({ iceServers: [...before.iceServers, ...parseIceServers(value)] }),
  },
  {
    name: "turn-urls",
    takes: "url",
    help:
      "one or more URLs of a coturn, which shares TURN_SECRET with\nthe runner; a login is made for each call",
    variable: "TURN_URLS",
    entry: ICE_URL,
    set: (value, { turnUrls = [] }) => ({ turnUrls: [...turnUrls, ...parseIceUrls(value)] }),
  },
  ...ACCESS_OPTIONS,
  ...CARRIER_OPTIONS,
  ...START_OPTIONS,
  {
    name: "media-nodes",
    takes: "origin",
    help: "one or more runners that have the WebRTC sessions;\nall share one RUNNER_SECRET",
    variable: "PIPECAT_MEDIA_NODES",
    entry: ORIGIN,
    set: (value, { mediaNodes = [] }) => ({ mediaNodes: [...mediaNodes, ...parseOrigins(value)] }),
  },
  {
    name: "udp-port",
    takes: "number",
    help:
      "the UDP port of all WebRTC calls, 0 for any free one.\nDefault: the number of --port, where it is free",
    variable: "PIPECAT_UDP_PORT",
    set: (value) => ({ udpPort: parsePort(value) }),
  },
  {
    name: "udp-ports",
    takes: "first-last",
    help: "in place of that, UDP ports for each call,\nas in 50000-50100",
    set: (value) => ({ udpPorts: parsePorts(value) }),
  },
  {
    name: "public-addresses",
    takes: "ip",
    help:
      "one or more IP addresses at which WebRTC reaches this\nmachine from outside a container or a NAT",
    variable: "PIPECAT_PUBLIC_ADDRESSES",
    entry: IP_ADDRESS,
    set: (value, { publicAddresses }) => ({
      publicAddresses: [...publicAddresses, ...parseAddresses(value)],
    }),
  },
  ...LIMIT_OPTIONS,
  ...WATCH_OPTIONS,
  {
    name: "esp32",
    help: "fit WebRTC answers to an ESP32; needs --host",
    set: () => ({ esp32: true }),
  },
  {
    name: "verbose",
    short: "v",
    help: "say more; -vv says everything",
    set: (_value, { verbose }) => ({ verbose: verbose + 1 }),
  },
  { name: "version", help: "print the version", set: () => ({ print: "version" }) },
  { name: "help", short: "h", help: "print this help", set: () => ({ print: "help" }) },
];

/** An option as the help writes it, such as `-t, --transport <name>`. */
export function spelling({ name, short, takes, entry }: Option): string {
  const value = takes ? ` <${takes}>` : entry ? " [name]" : "";
  return `${short ? `-${short}, ` : ""}--${name}${value}`;
}

/** The text of `--help`. */
export function helpText(bot: boolean): string {
  const rows = OPTIONS.map((option) => {
    const label = spelling(option).padStart(spelling(option).length + (option.short ? 0 : 4));
    return `  ${label.padEnd(32)}${option.help.replaceAll("\n", `\n${" ".repeat(34)}`)}`;
  });
  const variables = OPTIONS.flatMap(({ name, variable }) =>
    variable ? [`  ${variable.padEnd(32)}--${name}`] : []
  );
  const command = bot ? `${COMMAND} [bot.ts]` : "deno run -A your_bot.ts";
  return `Usage: ${command} [options] [the bot's own flags]

Runs a voice bot for browsers, phones and WebSockets.

${rows.join("\n")}
${bot ? HELP_BOT : ""}
A flag that the runner does not know goes to the bot, in args.cliArgs: --voice anna --fast becomes
{ voice: "anna", fast: true }. After -- every flag is the bot's.

Each of these variables does what its option does; the option wins. They are read from .env, too,
which never replaces one that is set.

${variables.join("\n")}`;
}

const HELP_BOT = `
The bot file exports a function bot, and app if it has routes of its own. With no file named,
./bot.ts is run; "demo" is a bot that needs no keys, "call <url>" phones a bot that runs, and
"dial <number>" has a bot that runs phone somebody; "call --help" and "dial --help" say more.
`;

function parseProxy(value: string): string {
  const origin = publicOriginOf(value);
  if (origin !== undefined) return origin;
  throw new RunnerError("usage", "Give a public host name such as mybot.ngrok.io.");
}

function parsePath(value: string): string {
  const path = basePathOf(value);
  if (path !== undefined) return path;
  throw new RunnerError("usage", "Give a path such as /voice, of letters, digits and -._~.");
}

function parsePort(value: string): number {
  const port = /^\d+$/.test(value) ? portOf(Number(value)) : undefined;
  if (port !== undefined) return port;
  throw new RunnerError("usage", `Give a number from 0 to ${LAST_PORT}.`);
}

function parsePorts(value: string): readonly [number, number] {
  const ports = /^\d+-\d+$/.test(value) ? udpPortsOf(value.split("-").map(Number)) : undefined;
  if (ports) return ports;
  throw new RunnerError("usage", "Give the first and the last port, as in 50000-50100.");
}

function parseAddresses(value: string): string[] {
  return readList(value, addressOf, "Give IP addresses such as 203.0.113.5, not names.");
}

/** Names with commas in between, in lines that fit into the column of a help text. */
function columnOf(names: readonly string[]): string {
  return names.join(", ").replace(/(.{40,60}), /g, "$1,\n");
}

function parseIceUrls(value: string): string[] {
  const urlOf = (text: string) => ICE_URL.test(text) ? text : undefined;
  return readList(value, urlOf, "Give URLs such as turn:turn.example.com:3478.");
}
