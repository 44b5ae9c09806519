/**
 * Credentials of Twilio's Network Traversal Service.
 *
 * @module
 */
import { encodeBase64 } from "../core/base64.ts";
import { utf8 } from "../core/bytes.ts";
import type { IceServerSource } from "../core/ice_servers.ts";
import { askForServers } from "./api.ts";
import { DAY_S, givenText, lifetimeOf } from "./lifetime.ts";
import { renewed } from "./renewed.ts";

/** Whose credentials to request. */
export interface TwilioTurnOptions {
  /** The SID of the account, `AC…`. */
  readonly accountSid: string;
  /** The account's auth token, or the secret of `apiKeySid`. */
  readonly authToken: string;
  /** The SID of an API key, `SK…`, to log in with. Default: the account logs in. */
  readonly apiKeySid?: string | undefined;
  /** How long credentials are valid, in s, from 60 to 86400. Default: 86400. */
  readonly ttlSeconds?: number | undefined;
}

/**
 * Requests credentials from Twilio (`POST /2010-04-01/Accounts/{accountSid}/Tokens.json`), and new
 * ones after half of their lifetime.
 *
 * @throws {RunnerError} `bad_option`; the returned function rejects with `no_credentials` or
 * `unreachable`.
 *
 * @example
 * ```ts ignore
 * await serve(bot, { iceServers: twilioTurn({ accountSid, authToken }) });
 * ```
 */
export function twilioTurn(
  { accountSid, authToken, apiKeySid, ttlSeconds = DAY_S }: TwilioTurnOptions,
): IceServerSource {
  const ttl = lifetimeOf(ttlSeconds, DAY_S);
  const account = givenText("accountSid", accountSid);
  const login = `${apiKeySid ?? account}:${givenText("authToken", authToken)}`;
  const request = {
    name: "Twilio",
    field: "ice_servers",
    url: `https://api.twilio.com/2010-04-01/Accounts/${encodeURIComponent(account)}/Tokens.json`,
    headers: {
      authorization: `Basic ${encodeBase64(utf8(login))}`,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: `Ttl=${ttl}`,
  };
  return renewed({ lifetimeMs: ttl * 1000, ask: () => askForServers(request) });
}
