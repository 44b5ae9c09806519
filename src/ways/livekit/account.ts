/**
 * The LiveKit account that the environment names.
 *
 * @module
 */
import type { Environment } from "../../core/carrier.ts";
import { RunnerError } from "../../core/error.ts";

const ACCOUNT_VARIABLES = ["LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"] as const;

/** A LiveKit server, and the key to it. */
export interface LiveKitAccount {
  /** Such as `wss://you.livekit.cloud`. */
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  /** The room to use instead of one of the session's own. */
  readonly roomName?: string;
}

/** Tells whether there is an account. */
export function hasLiveKitAccount(environment: Environment): boolean {
  return ACCOUNT_VARIABLES.every((name) => environment[name]);
}

/** The error for a runner with an incomplete LiveKit account: it names what is missing. */
export function noLiveKitAccount(environment: Environment): RunnerError {
  const missing = ACCOUNT_VARIABLES.filter((name) => !environment[name]);
  return new RunnerError("no_credentials", `LiveKit needs an account: set ${list(missing)}.`);
}

/**
 * Reads `LIVEKIT_URL`, `LIVEKIT_API_KEY`, `LIVEKIT_API_SECRET` and `LIVEKIT_ROOM_NAME`.
 *
 * @throws {RunnerError} `no_credentials`, naming the missing variables, or `bad_environment` for an
 * invalid address.
 */
export function liveKitAccount(environment: Environment): LiveKitAccount {
  const { LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret } = environment;
  if (!url || !apiKey || !apiSecret) throw noLiveKitAccount(environment);
  if (!/^(wss?|https?):$/.test(URL.parse(url)?.protocol ?? "")) {
    throw new RunnerError(
      "bad_environment",
      "LIVEKIT_URL must be an address such as wss://you.livekit.cloud.",
    );
  }
  const { LIVEKIT_ROOM_NAME: roomName } = environment;
  return { url, apiKey, apiSecret, ...(roomName ? { roomName } : {}) };
}

function list(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}
