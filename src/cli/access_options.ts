/**
 * The options that say who may use a runner.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { LAST_PORT, portOf } from "../core/network.ts";
import { hostNameOf, originOf, pageOriginOf } from "../core/origin.ts";
import type { Option } from "./option.ts";

const WS_AUTH = ["none", "token"] as const;
const ORIGINS = "Give origins such as https://example.com.";
const NAMES = "Give names such as bot.example.com or *.example.com.";

/** An origin, distinguished from the path of a bot file. */
export const ORIGIN = /^https?:\/\/[^/]*\/?$/;
/** The same, or the value that means all. */
const PAGES = /^(\*|https?:\/\/[^/]*\/?)$/;

/** Those options. */
export const ACCESS_OPTIONS: readonly Option[] = [
  {
    name: "start-token",
    takes: "token",
    help: "require this token (Authorization: Bearer) to start a session; commas separate several",
    variable: "PIPECAT_START_TOKEN",
    // Checked later, because an error about an option repeats its value.
    set: (startToken) => ({ startToken }),
  },
  {
    name: "allowed-origins",
    takes: "origin",
    help:
      "one or more origins whose pages may use the runner; '*' for all, the default with --proxy",
    variable: "PIPECAT_ALLOWED_ORIGINS",
    entry: PAGES,
    set: (value, before) => ({
      allowedOrigins: [
        ...before.allowedOrigins,
        ...readList(value, pageOriginOf, ORIGINS),
      ],
    }),
  },
  {
    name: "allowed-hosts",
    takes: "name",
    help: "more hostnames to answer to, comma-separated; localhost, IP addresses and --proxy " +
      "always work",
    variable: "PIPECAT_ALLOWED_HOSTS",
    set: (value, { allowedHosts }) => ({
      allowedHosts: [...allowedHosts, ...readList(value, hostNameOf, NAMES)],
    }),
  },
  {
    name: "ws-auth",
    takes: "mode",
    help: `whether WebSockets need the token from POST /start: ${WS_AUTH.join(" or ")}`,
    variable: "PIPECAT_WEBSOCKET_AUTH",
    set: (value) => ({ wsAuth: oneOf(WS_AUTH, value) === "token" && "token" }),
  },
  {
    name: "trust-proxy",
    help: "trust what the proxy in front says about clients (X-Forwarded-For, -Host and -Proto)",
    variable: "PIPECAT_TRUST_PROXY",
    set: () => ({ trustProxy: true }),
  },
  {
    name: "eval",
    help: "let other machines run Pipecat's evals, at /ws",
    variable: "PIPECAT_EVALS",
    set: () => ({ evals: true }),
  },
  {
    name: "no-eval",
    help: "turn evals off; by default, programs on this machine may run them",
    variable: "PIPECAT_EVALS",
    opposite: true,
    set: () => ({ evals: false }),
  },
];

/** Takes one of some names. */
export function oneOf<Name extends string>(
  names: readonly Name[],
  value: string,
): Name {
  const found = names.find((name) => name === value);
  if (found !== undefined) return found;
  throw new RunnerError("usage", `Allowed choices are ${names.join(", ")}.`);
}

/** Reads a port, 0 for any free one. */
export function parsePort(value: string): number {
  const port = /^\d+$/.test(value) ? portOf(Number(value)) : undefined;
  if (port !== undefined) return port;
  throw new RunnerError("usage", `Give a number from 0 to ${LAST_PORT}.`);
}

/** Reads the origins of runners, separated by commas. */
export function parseOrigins(value: string): string[] {
  return readList(value, originOf, ORIGINS);
}

/**
 * Reads a list that is separated by commas.
 *
 * @param read Returns an entry in the form in which it is used; undefined for one that is wrong.
 * @param advice What to give instead.
 */
export function readList(
  value: string,
  read: (text: string) => string | undefined,
  advice: string,
): string[] {
  return value.split(",").map((text) => text.trim()).filter(Boolean).map((text) => {
    const found = read(text);
    if (found === undefined) throw new RunnerError("usage", advice);
    return found;
  });
}
