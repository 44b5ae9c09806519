/**
 * Credentials of Cloudflare's TURN service.
 *
 * @module
 */
import type { IceServerSource } from "../core/ice_servers.ts";
import { askForServers } from "./api.ts";
import { DAY_S, givenText, lifetimeOf } from "./lifetime.ts";
import { renewed } from "./renewed.ts";

/** Whose credentials to request. */
export interface CloudflareTurnOptions {
  /** The id of the TURN key. */
  readonly keyId: string;
  /** The API token of the TURN key. */
  readonly apiToken: string;
  /** How long credentials are valid, in s, from 60 to 172800. Default: 86400. */
  readonly ttlSeconds?: number | undefined;
}

/** What Cloudflare allows, in s. */
const LONGEST_S = 2 * DAY_S;

/**
 * Requests credentials from Cloudflare
 * (`POST /v1/turn/keys/{keyId}/credentials/generate-ice-servers`), and new ones after half of their
 * lifetime. URLs with port 53, which browsers do not use, are left out.
 *
 * @throws {RunnerError} `bad_option`; the returned function rejects with `no_credentials` or
 * `unreachable`.
 *
 * @example
 * ```ts ignore
 * await serve(bot, { iceServers: cloudflareTurn({ keyId, apiToken }) });
 * ```
 */
export function cloudflareTurn(
  { keyId, apiToken, ttlSeconds = DAY_S }: CloudflareTurnOptions,
): IceServerSource {
  const ttl = lifetimeOf(ttlSeconds, LONGEST_S);
  const key = encodeURIComponent(givenText("keyId", keyId));
  const request = {
    name: "Cloudflare",
    field: "iceServers",
    url: `https://rtc.live.cloudflare.com/v1/turn/keys/${key}/credentials/generate-ice-servers`,
    headers: {
      authorization: `Bearer ${givenText("apiToken", apiToken)}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ ttl }),
  };
  return renewed({ lifetimeMs: ttl * 1000, ask: () => askForServers(request) });
}
