/**
 * The options that say who may use a runner.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import type { Option } from "./option.ts";

const WS_AUTH = ["none", "token"] as const;

/** An origin, told from the address of a bot file. */
export const ORIGIN = /^https?:\/\/[^/]*\/?$/;
/** The same, or what stands for all. */
const PAGES = /^(\*|https?:\/\/[^/]*\/?)$/;

/** Those options, in the order of the help. */
export const ACCESS_OPTIONS: readonly Option[] = [
  {
    name: "allowed-origins",
    takes: "origin",
    help:
      "one or more origins whose pages may use the runner; '*' for\nall, which is so with --proxy",
    variable: "PIPECAT_ALLOWED_ORIGINS",
    entry: PAGES,
    set: (value, before) => ({
      allowedOrigins: [
        ...before.allowedOrigins,
        ...value === "*" ? [value] : parseOrigins(value),
      ],
    }),
  },
  {
    name: "allowed-hosts",
    takes: "name",
    help:
      "names by which the runner may be called, apart by commas, on\ntop of localhost, IP addresses and --proxy",
    variable: "PIPECAT_ALLOWED_HOSTS",
    set: (value, { allowedHosts }) => ({
      allowedHosts: [...allowedHosts, ...parseHosts(value)],
    }),
  },
  {
    name: "ws-auth",
    takes: "mode",
    help: `whether a WebSocket needs the token of POST /start: ${WS_AUTH.join(" or ")}`,
    variable: "PIPECAT_WEBSOCKET_AUTH",
    set: (value) => ({ wsAuth: oneOf(WS_AUTH, value) }),
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

/** Reads origins that are apart by commas. */
export function parseOrigins(value: string): string[] {
  return value.split(",").map((text) => text.trim()).filter(Boolean).map(
    (text) => {
      const url = URL.parse(text);
      if (
        url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`
      ) return url.origin;
      throw new RunnerError(
        "usage",
        "Give origins such as https://example.com.",
      );
    },
  );
}

function parseHosts(value: string): string[] {
  const names = value.split(",").map((text) => text.trim().toLowerCase())
    .filter(Boolean);
  if (names.every((name) => /^(\*\.)?[\w-]+(\.[\w-]+)*$/.test(name))) {
    return names;
  }
  throw new RunnerError(
    "usage",
    "Give names such as bot.example.com or *.example.com.",
  );
}
