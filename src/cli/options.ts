/**
 * The options of the command line: what each takes, and what it sets.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { basePathOf, publicOriginOf } from "../core/origin.ts";
import { DRAIN_MS } from "../sessions/session_set.ts";
import { TRANSPORT_NAMES } from "../core/transport_names.ts";
import { ACCESS_OPTIONS, oneOf, parsePort } from "./access_options.ts";
import { CARRIER_OPTIONS, DAILY_OPTIONS } from "./carrier_options.ts";
import { FLEET_OPTIONS } from "./fleet_options.ts";
import { FILE_OPTIONS } from "./file_options.ts";
import { LIMIT_OPTIONS } from "./limit_options.ts";
import type { LogFormat, Option, OptionGroup, Settings } from "./option.ts";
import { WEBRTC_OPTIONS } from "./webrtc_options.ts";

/** The command that a user types, before its options. */
export const COMMAND = "deno run -A jsr:@pipecat/runner";

/** What is set by default. */
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
    help: `the address to listen on. Default: ${DEFAULTS.hostname}`,
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
    help: "serve everything below this path, such as /voice; a proxy must not strip it",
    variable: "PIPECAT_BASE_PATH",
    set: (value) => ({ basePath: parsePath(value) }),
  },
  {
    name: "pipecat-cloud",
    help:
      "run as a container on Pipecat Cloud: on all addresses, at PORT or 8080, with the routes " +
      "that the platform calls",
    variable: "PIPECAT_CLOUD",
    set: () => ({ pipecatCloud: true }),
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
    help: "reload the bot when its code changes; running calls keep the code they began with",
    variable: "PIPECAT_WATCH",
    set: () => ({ watch: true }),
  },
];

const LOG_OPTIONS: readonly Option[] = [
  {
    name: "log",
    takes: "format",
    help: "the format of the log on stderr: text or json",
    variable: "PIPECAT_LOG",
    set: (value) => ({ log: parseFormat(value) }),
  },
  {
    name: "metrics-token",
    takes: "token",
    help:
      "serve Prometheus metrics at /metrics to whoever sends this token as Authorization: Bearer",
    variable: "PIPECAT_METRICS_TOKEN",
    // Checked later, because an error about an option repeats its value.
    set: (metricsToken) => ({ metricsToken }),
  },
  {
    name: "verbose",
    short: "v",
    help: "log more; -vv logs everything",
    variable: "PIPECAT_VERBOSE",
    set: (_value, { verbose }) => ({ verbose: verbose + 1 }),
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
  { title: "Address and transports", options: LISTEN_OPTIONS },
  { title: "Access", options: ACCESS_OPTIONS },
  { title: "Phones", options: CARRIER_OPTIONS },
  { title: "WebRTC", options: WEBRTC_OPTIONS },
  { title: "Daily", options: DAILY_OPTIONS },
  { title: "Files", options: FILE_OPTIONS },
  { title: "Limits", options: LIMIT_OPTIONS },
  { title: "More than one process", options: FLEET_OPTIONS },
  { title: "Output", options: [...LOG_OPTIONS, ...HELP_OPTIONS] },
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

function parseFormat(value: string): LogFormat {
  if (value === "text" || value === "json") return value;
  throw new RunnerError("usage", "Allowed choices are text, json.");
}
