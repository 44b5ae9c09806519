/**
 * Credentials for coturn, made with its shared secret.
 *
 * @module
 */
import { encodeBase64 } from "../core/base64.ts";
import { hmac } from "../core/hash.ts";
import { type IceServerSource, parseIceServers } from "../core/ice_servers.ts";
import { badOption } from "../core/options.ts";
import type { IceServer } from "../core/peer.ts";
import { DAY_S, givenText, lifetimeOf } from "./lifetime.ts";

/** How to make credentials for coturn. */
export interface CoturnOptions {
  /** The `static-auth-secret` of a coturn that has `use-auth-secret`. */
  readonly secret: string;
  /** The URLs of its TURN server, and of its STUN server if wanted, the best first. */
  readonly urls: readonly string[];
  /** How long credentials are valid, in s, at least 60. A running call goes on. Default: 86400. */
  readonly ttlSeconds?: number | undefined;
}

/**
 * Makes credentials for coturn, and for other TURN servers with draft-uberti-behave-turn-rest-00
 * (section 2.2): the user is the expiry time and a name that differs per call, since coturn counts
 * its `user-quota` by it; the password is its HMAC-SHA-1. No request is made.
 *
 * @throws {RunnerError} `bad_option`
 *
 * @example
 * ```ts ignore
 * const secret = process.env.TURN_SECRET ?? "";
 * await serve(bot, { iceServers: coturn({ secret, urls: ["turn:turn.example.com:3478"] }) });
 * ```
 */
export function coturn({ secret, urls, ttlSeconds = DAY_S }: CoturnOptions): IceServerSource {
  const { sign } = hmac(givenText("secret", secret), "SHA-1");
  const lifetime = lifetimeOf(ttlSeconds, 365 * DAY_S);
  const all = parseIceServers(urls).flatMap(({ urls }) => urls);
  const turn = all.filter((url) => /^turns?:/.test(url));
  const stun = all.filter((url) => /^stuns?:/.test(url));
  if (turn.length === 0) throw badOption("urls", "a list of URLs with one of turn: or turns:");
  const others: readonly IceServer[] = stun.length > 0 ? [{ urls: stun }] : [];

  return async () => {
    const username = `${Math.floor(Date.now() / 1000) + lifetime}:${crypto.randomUUID()}`;
    const credential = encodeBase64(await sign(username));
    return [...others, { urls: turn, username, credential }];
  };
}
