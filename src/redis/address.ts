/**
 * The address of a Redis, read from a URL.
 *
 * @module
 */
import { badOption } from "../core/options.ts";

/** What a client needs to connect. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  /** The number of the database. */
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  /** Set if the connection is encrypted. */
  readonly tls?: { readonly servername?: string };
}

/** Whether a URL's scheme means an encrypted connection. */
const SCHEMES: Readonly<Record<string, boolean>> = {
  "redis:": false,
  "valkey:": false,
  "rediss:": true,
  "valkeys:": true,
};
const PORT = 6379;

/**
 * Reads a URL such as `rediss://user:password@redis.example.com:6380/2`. Its parts may be
 * percent-encoded, and everything except scheme and host may be left out.
 *
 * @param name The name of its option.
 * @throws {RunnerError} `bad_option`, which does not repeat the URL: it may contain a password.
 */
export function parseRedisUrl(text: string, name: string): RedisAddress {
  const url = URL.parse(text.trim());
  const encrypted = url ? SCHEMES[url.protocol] : undefined;
  const [path, database] = /^\/?(\d{1,4})?$/.exec(url?.pathname ?? "") ?? [];
  const [username, password] = [decoded(url?.username), decoded(url?.password)];
  const legible = path !== undefined && username !== undefined && password !== undefined;
  if (!url?.hostname || encrypted === undefined || !legible || url.search || url.hash) {
    throw badOption(name, "a URL such as redis://:password@redis.example.com:6379/0");
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return {
    host,
    port: Number(url.port || PORT),
    db: Number(database ?? 0),
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(encrypted ? { tls: isName(host) ? { servername: host } : {} } : {}),
  };
}

/** The address without the login, for display and logs. */
export function shownAddress({ host, port, db, tls }: RedisAddress): string {
  const shown = host.includes(":") ? `[${host}]` : host;
  return `${tls ? "rediss" : "redis"}://${shown}:${port}${db ? `/${db}` : ""}`;
}

/** A part of a login without its percent-encoding; undefined if it cannot be decoded. */
function decoded(text = ""): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** TLS can ask only for a name (RFC 6066, section 3). */
function isName(host: string): boolean {
  return !host.includes(":") && !/^[\d.]+$/.test(host);
}
