/**
 * The Daily account that the environment names.
 *
 * @module
 */
import type { Environment } from "../../core/carrier.ts";
import { RunnerError } from "../../core/error.ts";

/** Where Daily's REST API is. */
const API_URL = "https://api.daily.co/v1";

/** A Daily account, and the room to use. */
export interface DailyAccount {
  readonly apiKey: string;
  /** Such as `https://api.daily.co/v1`, with no slash at its end. */
  readonly apiUrl: string;
  /** The room to use instead of making one. */
  readonly roomUrl?: string;
}

/**
 * Reads `DAILY_API_KEY`, `DAILY_API_URL` and `DAILY_ROOM_URL`.
 *
 * @throws {RunnerError} `no_credentials` without a key, `bad_environment` for an invalid address.
 */
export function dailyAccount(environment: Environment): DailyAccount {
  const { DAILY_API_KEY: apiKey, DAILY_API_URL, DAILY_ROOM_URL: roomUrl } = environment;
  if (!apiKey) throw noDailyKey();
  const apiUrl = (DAILY_API_URL || API_URL).replace(/\/+$/, "");
  if (!isHttp(URL.parse(apiUrl))) {
    throw badEnvironment(`DAILY_API_URL must be an address such as ${API_URL}.`);
  }
  if (roomUrl && !roomName(roomUrl)) {
    throw badEnvironment("DAILY_ROOM_URL must be an address such as https://you.daily.co/room.");
  }
  return { apiKey, apiUrl, ...(roomUrl ? { roomUrl } : {}) };
}

/** The error for a runner that has no key of Daily. */
export function noDailyKey(): RunnerError {
  return new RunnerError(
    "no_credentials",
    "Daily needs a key: set DAILY_API_KEY to the one at https://dashboard.daily.co/developers.",
  );
}

/** The name of a room, which is the path of its address; empty if it is not a room's address. */
export function roomName(roomUrl: string): string {
  const url = URL.parse(roomUrl);
  const name = url?.pathname.replace(/^\/|\/$/g, "") ?? "";
  return isHttp(url) && /^[\w-]{1,128}$/.test(name) ? name : "";
}

function isHttp(url: URL | null): boolean {
  return url !== null && /^https?:$/.test(url.protocol);
}

function badEnvironment(detail: string): RunnerError {
  return new RunnerError("bad_environment", detail);
}
