/**
 * The options that say who may use a runner.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { hostNameOf, originOf, pageOriginOf } from "../core/origin.ts";
import type { Option } from "./option.ts";

const WS_AUTH = ["none", "token"] as const;
const ORIGINS = "Give origins such as https://example.com.";
const NAMES = "Give names such as bot.example.com or *.example.com.";

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
        ...readList(value, pageOriginOf, ORIGINS),
      ],
    }),
  },
  {
    name: "allowed-hosts",
    takes: "name",
    help:
      "further hostnames to answer to, comma-separated;\nlocalhost, IP addresses and --proxy always work",
    variable: "PIPECAT_ALLOWED_HOSTS",
    set: (value, { allowedHosts }) => ({
      allowedHosts: [...allowedHosts, ...readList(value, hostNameOf, NAMES)],
    }),
  },
  {
    name: "ws-auth",
    takes: "mode",
    help: `whether a WebSocket needs the token of POST /start: ${WS_AUTH.join(" or ")}`,
    variable: "PIPECAT_WEBSOCKET_AUTH",
    set: (value) => ({ wsAuth: oneOf(WS_AUTH, value) === "token" && "token" }),
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
