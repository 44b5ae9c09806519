/**
 * Parses the options of a runner that may have media, a page and files.
 *
 * @module
 */
import { type IceServerSource, parseIceServers } from "./core/ice_servers.ts";
import { count, LIMITS, type Limits } from "./sessions/limits.ts";
import {
  badOption,
  flag,
  listOf,
  oneOf,
  type OptionParser,
  type OptionParsers,
  orFalse,
} from "./core/options.ts";
import {
  flagOr,
  functionOf,
  objectWith,
  parseSpelledOptions,
  text,
} from "./core/spelled_options.ts";
import { CARRIER_NAMES } from "./core/transport_names.ts";
import type { Feature } from "./features/feature.ts";
import { parseOrigin, readBy } from "./core/origin.ts";
import { prefixOf } from "./core/network.ts";
import { PORTABLE_OPTIONS } from "./portable_options.ts";
import { getLogger } from "./core/log.ts";
import type { ClientAssets } from "./http/client.ts";
import type { ReadyCheck } from "./http/health.ts";
import type { DailyOptions, RunnerOptions } from "./runner_options.ts";

const logger = getLogger(["pipecat", "runner", "http"]);

const parseDaily: OptionParser<DailyOptions> = (value, name) =>
  parseSpelledOptions<DailyOptions>(
    {
      dialin: flag,
      roomEnd: oneOf(["delete", "expire"]),
      properties: flagOr(listOf(text)),
    },
    value,
    name,
  );

const parseFeature: OptionParser<Feature> = (value, name) => {
  if (typeof value === "object" && value !== null && "name" in value) {
    return value as Feature; // the arguments of its functions cannot be looked at
  }
  throw badOption(name, "a feature, such as recording(folder) returns", value);
};

const parseClient: OptionParser<ClientAssets | (() => Promise<ClientAssets>)> = (value, name) => {
  const takes = "the files of a page, a function that loads them, or false";
  return typeof value === "function"
    ? functionOf<() => Promise<ClientAssets>>(takes)(value, name)
    : objectWith<ClientAssets>(takes)(value, name);
};

/** A check that fails says that the bot is not ready. */
function careful(ask: ReadyCheck): ReadyCheck {
  return async () => {
    try {
      return await ask();
    } catch (error) {
      logger.warn("readyz failed: {error}", { error });
      return false;
    }
  };
}

/**
 * Makes the parsers of all options of a runner. Bundlers leave out a function that nobody calls, so
 * Workers do not contain them.
 */
export const runnerOptions = (): OptionParsers<RunnerOptions> => ({
  ...PORTABLE_OPTIONS,
  iceServers: (value, name) => {
    if (Array.isArray(value)) return parseIceServers(value);
    const takes = "a list of STUN and TURN servers, or a function that returns one";
    return functionOf<IceServerSource>(takes)(value, name); // parsed each time that it returns some
  },
  trustProxy: flag,
  startToken: orFalse(text),
  environment: objectWith("an object of strings"),
  insecureCarriers: flagOr(listOf(oneOf(CARRIER_NAMES))),
  daily: parseDaily,
  dialPrefixes: flagOr(listOf(readBy(prefixOf, "prefixes of numbers, such as +1555"))),
  onCall: functionOf("a function of the call"),
  store: objectWith("a SessionStore", "put", "get", "take", "extend"),
  app: objectWith("a Hono app", "fetch"),
  cliArgs: objectWith("an object"),
  readyz: (value, name) => {
    const takes = "a function that says whether the bot is ready";
    return careful(functionOf<ReadyCheck>(takes)(value, name));
  },
  use: listOf(parseFeature),
  limits: (value, name) => parseSpelledOptions<Limits>(LIMITS, value, name),
  secret: orFalse(text),
  fleet: objectWith(
    "a Fleet",
    "announce",
    "withdraw",
    "nodes",
    "claim",
    "owner",
    "release",
    "take",
  ),
  advertise: parseOrigin,
  fleetMaxSessions: orFalse(count),
  webrtc: orFalse(objectWith("a WebRTC stack, or false", "answer")),
  whatsapp: flag,
  livekit: orFalse(functionOf("a function that loads @livekit/rtc-node, or false")),
  client: orFalse(parseClient),
  evals: flag,
  runnerBody: (value) => value,
  files: orFalse(objectWith("what fileFolder(path) returns, or false", "open")),
});
