/**
 * The options that say who may begin sessions, and what they may ask for.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { prefixOf } from "../core/network.ts";
import type { DailyOpenProperties } from "../ways/daily/wishes.ts";
import type { DialPrefixes } from "../ways/phone/destination.ts";
import { readList } from "./access_options.ts";
import type { Option } from "./option.ts";

/** Those options, in the order of the help. */
export const START_OPTIONS: readonly Option[] = [
  {
    name: "start-token",
    takes: "token",
    help:
      "require this token to start a session, sent as\nAuthorization: Bearer; several are comma-separated",
    variable: "PIPECAT_START_TOKEN",
    // Checked later, for what is wrong with an option is told with its value.
    set: (startToken) => ({ startToken }),
  },
  {
    name: "dial-prefixes",
    takes: "prefixes",
    help:
      "what the numbers begin with that may be called,\nas in +1555,+49; or all. Default: your number's country",
    variable: "PIPECAT_DIAL_PREFIXES",
    set: (value) => ({ dialPrefixes: parsePrefixes(value) }),
  },
  {
    name: "trust-proxy",
    help: "believe what a proxy in front says of its clients\n(X-Forwarded-For, -Host and -Proto)",
    set: () => ({ trustProxy: true }),
  },
  {
    name: "daily-properties",
    takes: "names",
    help:
      "properties of Daily's rooms and tokens that POST /start\nmay set beside harmless ones; or all",
    variable: "PIPECAT_DAILY_PROPERTIES",
    set: (value, { daily }) => ({ daily: { ...daily, properties: parseProperties(value) } }),
  },
];

function parsePrefixes(value: string): DialPrefixes {
  return value === "all" || readList(value, prefixOf, "Give prefixes such as +1555,+49, or all.");
}

function parseProperties(value: string): DailyOpenProperties {
  if (value === "all") return true;
  const names = value.split(",").map((name) => name.trim());
  if (names.every((name) => /^[a-z]\w*$/.test(name))) return names;
  throw new RunnerError("usage", "Give names such as enable_recording,enable_dialout, or all.");
}
