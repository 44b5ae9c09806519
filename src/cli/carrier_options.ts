/**
 * The options about phone calls, Daily's rooms and WhatsApp.
 *
 * @module
 */
import { prefixOf } from "../core/network.ts";
import { CARRIER_NAMES } from "../core/transport_names.ts";
import { RunnerError } from "../core/error.ts";
import type { DailyOpenProperties } from "../ways/daily/wishes.ts";
import type { DialPrefixes } from "../ways/phone/destination.ts";
import { readList } from "./access_options.ts";
import type { InsecureCarriers, Option } from "./option.ts";

const NAME = `(${CARRIER_NAMES.join("|")})`;

/** Those about phone companies and WhatsApp. */
export const CARRIER_OPTIONS: readonly Option[] = [
  {
    name: "insecure-carriers",
    help: "serve these carriers, or all, even on a public runner and without their secret",
    variable: "PIPECAT_INSECURE_CARRIERS",
    entry: new RegExp(`^${NAME}(,${NAME})*$`),
    set: (value, { insecureCarriers = [] }) => ({
      insecureCarriers: readNames(value, insecureCarriers),
    }),
  },
  {
    name: "dial-prefixes",
    takes: "prefixes",
    help: "prefixes of the numbers that may be called, such as +1555,+49; or all. Default: your " +
      "number's country",
    variable: "PIPECAT_DIAL_PREFIXES",
    set: (value) => ({ dialPrefixes: parsePrefixes(value) }),
  },
  {
    name: "whatsapp",
    help: "take WhatsApp calls, at /whatsapp",
    variable: "PIPECAT_WHATSAPP",
    set: () => ({ whatsapp: true }),
  },
];

/** Those about Daily. */
export const DAILY_OPTIONS: readonly Option[] = [
  {
    name: "direct",
    short: "d",
    help: "join a Daily room at once, without a server",
    noVariable: "It is what to do, and not how.",
    set: () => ({ direct: true }),
  },
  {
    name: "dialin",
    help: "take phone calls from Daily; the default with -t daily",
    variable: "PIPECAT_DIALIN",
    set: (_value, { daily }) => ({ daily: { ...daily, dialin: true } }),
  },
  {
    name: "no-dialin",
    help: "take no phone calls from Daily, even with -t daily",
    variable: "PIPECAT_DIALIN",
    opposite: true,
    set: (_value, { daily }) => ({ daily: { ...daily, dialin: false } }),
  },
  {
    name: "daily-properties",
    takes: "names",
    help: "more properties of Daily's rooms and tokens that POST /start may set; or all",
    variable: "PIPECAT_DAILY_PROPERTIES",
    set: (value, { daily }) => ({ daily: { ...daily, properties: parseProperties(value) } }),
  },
];

/** Without a name it is all of them, until names follow. */
function readNames(value: string, before: InsecureCarriers): InsecureCarriers {
  if (/^(|true|1|all)$/.test(value)) return true;
  const names = value.split(",").map((text) => {
    const name = CARRIER_NAMES.find((name) => name === text.trim());
    if (name) return name;
    throw new RunnerError("usage", `Allowed choices are ${CARRIER_NAMES.join(", ")}.`);
  });
  return typeof before === "boolean" ? names : [...before, ...names];
}

function parsePrefixes(value: string): DialPrefixes {
  return value === "all" || readList(value, prefixOf, "Give prefixes such as +1555,+49, or all.");
}

function parseProperties(value: string): DailyOpenProperties {
  if (value === "all") return true;
  const names = value.split(",").map((name) => name.trim());
  if (names.every((name) => /^[a-z]\w*$/.test(name))) return names;
  throw new RunnerError("usage", "Give names such as enable_recording,enable_dialout, or all.");
}
