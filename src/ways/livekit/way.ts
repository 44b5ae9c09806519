/**
 * LiveKit's rooms as a way in.
 *
 * @module
 */
import { hasLiveKitAccount, noLiveKitAccount } from "./configure.ts";
import { livekitStarter, type OpenRoom } from "./starter.ts";
import { type Kit, serves, type Way } from "../way.ts";

/**
 * Makes LiveKit where its account is, or where it was asked for. Bots join their rooms by themselves.
 *
 * @throws {RunnerError} `no_credentials` when it was asked for and a part of the account is missing.
 */
export function livekitTokens(kit: Kit): Way | undefined {
  return livekitWay(kit);
}

/** The same, with a transport where the host can load LiveKit's media library. */
export function livekit(kit: Kit): Way | undefined {
  const { livekit: load } = kit.options;
  return livekitWay(
    kit,
    load
      ? async (args, end, params) => {
        const { livekitTransport } = await import("./transport.ts");
        return await livekitTransport(args, { load, end }, params);
      }
      : undefined,
  );
}

function livekitWay(kit: Kit, open?: OpenRoom): Way | undefined {
  if (!serves(kit, "livekit")) return undefined;
  const { bot, sessions, environment, options } = kit;
  if (options.transport !== "livekit" && !hasLiveKitAccount(environment)) {
    return { starters: { livekit: noLiveKitAccount(environment) } };
  }
  return { starters: { livekit: livekitStarter({ bot, sessions, environment, open }) } };
}
