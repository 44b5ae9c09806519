/**
 * The options of the command line: what each takes, and what it sets.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { basePathOf, publicOriginOf } from "../core/origin.ts";
import { DRAIN_MS } from "../sessions/session_set.ts";
import { TRANSPORT_NAMES } from "../core/transport_names.ts";
import { ACCESS_OPTIONS, oneOf, ORIGIN, parseOrigins, parsePort } from "./access_options.ts";
import { CARRIER_OPTIONS, DAILY_OPTIONS } from "./carrier_options.ts";
import { FILE_OPTIONS } from "./file_options.ts";
import { LIMIT_OPTIONS } from "./limit_options.ts";
import type { Option, OptionGroup, Settings } from "./option.ts";
import { WATCH_OPTIONS } from "./watch_options.ts";
import { WEBRTC_OPTIONS } from "./webrtc_options.ts";

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

/** What `-t` can name. */
const SERVED = TRANSPORT_NAMES.filter((name) => name !== "eval");

const LISTEN_OPTIONS: readonly Option[] = [
  {
    name: "host",
    takes: "address",
    help: `where to listen. Default: ${DEFAULTS.hostname}`,
    variable: "PIPECAT_HOST",
    set: (hostname) => ({ hostname }),
  },
  {
    name: "port",
    takes: "number",
    help: `the port to listen on, 0 for any free one. Default: ${DEFAULTS.port}`,
    variable: "PORT",
    set: (value) => ({ port: parsePort(value) }),
  },
  {
    name: "proxy",
    short: "x",
    takes: "host",
    help: "the public hostname of this runner",
    variable: "PIPECAT_PROXY",
    set: (value) => ({ publicUrl: parseProxy(value) }),
  },
  {
    name: "base-path",
    takes: "path",
    help: "the path below which all is served, as in /voice; a proxy passes it on as it is",
    variable: "PIPECAT_BASE_PATH",
    set: (value) => ({ basePath: parsePath(value) }),
  },
  {
    name: "transport",
    short: "t",
    takes: "name",
    help: `serve this transport only: one of ${SERVED.join(", ")}`,
    variable: "PIPECAT_TRANSPORT",
    // Pipecat takes `-t eval` too, and serves as without it: evals come to the carriers' /ws.
    set: (value) => value === "eval" ? {} : { transport: oneOf(SERVED, value) },
  },
  {
    name: "open",
    help: "open the page in a browser",
    noVariable: "It is for whoever types the command.",
    set: () => ({ open: true }),
  },
  {
    name: "watch",
    help: "load the bot again when its code has changed; calls go on with the code they began with",
    variable: "PIPECAT_WATCH",
    set: () => ({ watch: true }),
  },
];

const NODE_OPTIONS: readonly Option[] = [
  {
    name: "media-nodes",
    takes: "origin",
    help: "one or more runners that have the WebRTC sessions; all share one RUNNER_SECRET",
    variable: "PIPECAT_MEDIA_NODES",
    entry: ORIGIN,
    set: (value, { mediaNodes = [] }) => ({ mediaNodes: [...mediaNodes, ...parseOrigins(value)] }),
  },
];

const HELP_OPTIONS: readonly Option[] = [
  {
    name: "version",
    noVariable: "It is what to do, and not how.",
    help: "print the version",
    set: () => ({ print: "version" }),
  },
  {
    name: "help",
    short: "h",
    noVariable: "It is what to do, and not how.",
    help: "print this help",
    set: () => ({ print: "help" }),
  },
];

/** All options, in the order of the help. */
export const OPTION_GROUPS: readonly OptionGroup[] = [
  { title: "Where it is, and what it serves", options: LISTEN_OPTIONS },
  { title: "Who may use it", options: ACCESS_OPTIONS },
  { title: "Phones", options: CARRIER_OPTIONS },
  { title: "WebRTC", options: WEBRTC_OPTIONS },
  { title: "Daily", options: DAILY_OPTIONS },
  { title: "Files", options: FILE_OPTIONS },
  { title: "Limits", options: LIMIT_OPTIONS },
  { title: "More than one process", options: NODE_OPTIONS },
  { title: "What it says", options: [...WATCH_OPTIONS, ...HELP_OPTIONS] },
];

/** The same, one after the other. */
export const OPTIONS: readonly Option[] = OPTION_GROUPS.flatMap(({ options }) => options);

/** An option as the help writes it, such as `-t, --transport <name>`. */
export function spelling({ name, short, takes, entry }: Option): string {
  const value = takes ? ` <${takes}>` : entry ? " [name]" : "";
  return `${short ? `-${short}, ` : ""}--${name}${value}`;
}

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
