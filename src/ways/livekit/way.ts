/**
 * LiveKit's rooms as a way in.
 *
 * @module
 */
import { type Load, whenCalled } from "../../core/load_once.ts";
import type { RunnerOptions } from "../../runner_options.ts";
import { type Kit, serves, type Way } from "../way.ts";
import { hasLiveKitAccount, liveKitAccount, noLiveKitAccount } from "./account.ts";
import type { livekitStarter, OpenRoom } from "./starter.ts";
import type { livekitTransport } from "./transport.ts";

/** What LiveKit's sessions are made of. */
export interface LiveKitParts {
  readonly livekitStarter: typeof livekitStarter;
  /** Absent if bots join their rooms by themselves. */
  readonly livekitTransport?: typeof livekitTransport;
}

/**
 * Makes LiveKit if its account is set, or it was requested.
 *
 * @throws {RunnerError} `no_credentials` if it was requested and a part of the account is missing,
 * `bad_environment` for an invalid address.
 */
export function livekit(kit: Kit, load: Load<LiveKitParts>): Way | undefined {
  if (!serves(kit, "livekit")) return undefined;
  const { bot, sessions, environment, options } = kit;
  if (options.transport !== "livekit" && !hasLiveKitAccount(environment)) {
    return { starters: { livekit: noLiveKitAccount(environment) } };
  }
  liveKitAccount(environment); // report at once what is wrong with it
  const start = whenCalled(async () => {
    const { livekitStarter, livekitTransport } = await load();
    const open = opener(options.livekit, livekitTransport);
    return livekitStarter({ bot, sessions, environment, open });
  });
  return { starters: { livekit: start } };
}

/** How rooms are opened, if the host can load LiveKit's media library. */
function opener(
  load: RunnerOptions["livekit"],
  transport: LiveKitParts["livekitTransport"],
): OpenRoom | undefined {
  return load && transport
    ? (args, end, params) => transport(args, { load, end }, params)
    : undefined;
}
