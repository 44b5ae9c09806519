/**
 * Parses the options that a runner has on every host.
 *
 * @module
 */
import { AS_GIVEN, listOf, oneOf, type OptionParsers, orFalse } from "./core/options.ts";
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
  | "fleetMaxSessions"
>;

/**
 * Their parsers. A value that is used unchanged shows at once that it is wrong, and each check
 * would be part of every Worker's bundle; other hosts have parsers instead.
 */
export const PORTABLE_OPTIONS: OptionParsers<PortableOptions> = {
  transport: oneOf(TRANSPORT_NAMES),
  iceServers: AS_GIVEN,
  allowedOrigins: listOf(parsePageOrigin),
  allowedHosts: listOf(parseHostName),
  publicUrl: parsePublicUrl,
  basePath: parseBasePath,
  wsAuth: orFalse(oneOf(["token"])),
  startToken: AS_GIVEN,
  trustProxy: AS_GIVEN,
  environment: AS_GIVEN,
  insecureCarriers: AS_GIVEN,
  daily: AS_GIVEN,
  dialPrefixes: AS_GIVEN,
  onCall: AS_GIVEN,
  store: AS_GIVEN,
  app: AS_GIVEN,
  cliArgs: AS_GIVEN,
  readyz: AS_GIVEN,
  use: AS_GIVEN,
  limits: AS_GIVEN, // the sessions parse them
  secret: AS_GIVEN,
  mediaNodes: listOf(parseOrigin),
};
