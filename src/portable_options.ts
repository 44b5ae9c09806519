/**
 * Parses the options that a runner has on every host.
 *
 * @module
 */
import { listOf, oneOf, type OptionParser, type OptionParsers, orFalse } from "./core/options.ts";
import {
  parseBasePath,
  parseHostName,
  parseOrigin,
  parsePageOrigin,
  parsePublicUrl,
} from "./core/origin.ts";
import { TRANSPORT_NAMES } from "./core/transport_names.ts";
import type { RunnerOptions } from "./runner_options.ts";

/** The options of hosts that have no media and no files of their own, such as Workers. */
export type PortableOptions = Omit<
  RunnerOptions,
  | "webrtc"
  | "whatsapp"
  | "livekit"
  | "client"
  | "files"
  | "evals"
  | "runnerBody"
  | "fleet"
  | "advertise"
>;

/**
 * Takes what it is given: a wrong value shows itself at once, and each check would be a part of every
 * Worker's bundle. Other hosts have parsers in its place.
 */
const asGiven: OptionParser<never> = (value) => value as never; // as its type says

/** Their parsers. */
export const PORTABLE_OPTIONS: OptionParsers<PortableOptions> = {
  transport: oneOf(TRANSPORT_NAMES),
  iceServers: asGiven,
  allowedOrigins: listOf(parsePageOrigin),
  allowedHosts: listOf(parseHostName),
  publicUrl: parsePublicUrl,
  basePath: parseBasePath,
  wsAuth: orFalse(oneOf(["token"])),
  startToken: asGiven,
  trustProxy: asGiven,
  environment: asGiven,
  insecureCarriers: asGiven,
  daily: asGiven,
  dialPrefixes: asGiven,
  onCall: asGiven,
  store: asGiven,
  app: asGiven,
  cliArgs: asGiven,
  readyz: asGiven,
  use: asGiven,
  limits: asGiven, // the sessions parse them
  secret: asGiven,
  mediaNodes: listOf(parseOrigin),
};
