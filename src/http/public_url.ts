/**
 * The runner's public address, which differs from the one it listens on.
 *
 * @module
 */

/** What is known about the world outside. */
export interface PublicUrlOptions {
  /** The public origin, such as `https://bot.example.com`. */
  readonly publicUrl?: string;
  /**
   * Trusts `X-Forwarded-Proto` and `X-Forwarded-Host`, or `Forwarded` (RFC 7239). Use it only
   * directly behind a proxy that sets them, because anyone can send them.
   */
  readonly trustProxy?: boolean;
}

/**
 * The address of a request as its sender wrote it: under the configured origin, else the forwarded
 * one if trusted, else its own.
 */
export function publicUrl(request: Request, options: PublicUrlOptions): URL {
  const url = new URL(request.url);
  // No sender means these, but some hosts pass them on: they must not get into the addresses made
  // here.
  url.hash = url.username = url.password = "";
  const origin = options.publicUrl ? new URL(options.publicUrl) : forwarded(request, url, options);
  const { protocol, host } = origin; // read first: it may be the same object
  url.protocol = protocol;
  url.port = ""; // setting a host without a port leaves the old one
  url.host = host;
  return url;
}

/**
 * The same address for a WebSocket: `wss:` for `https:`. With a path, another address of that
 * origin.
 */
export function webSocketUrl(address: URL, path?: string): URL {
  const url = new URL(address);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  if (path !== undefined) {
    url.pathname = path;
    url.search = "";
  }
  return url;
}

function forwarded({ headers }: Request, url: URL, { trustProxy }: PublicUrlOptions): URL {
  if (!trustProxy) return url;
  const standard = first(headers.get("forwarded")) ?? ""; // RFC 7239
  const protocol = first(headers.get("x-forwarded-proto")) ?? parameter(standard, "proto") ??
    url.protocol.slice(0, -1);
  const host = first(headers.get("x-forwarded-host")) ?? parameter(standard, "host") ?? url.host;
  // A host with anything more is not a host.
  if (!/^(https?|wss?)$/i.test(protocol) || !/^[^/\\?#@\s]+$/.test(host)) return url;
  return URL.parse(`${protocol.toLowerCase().replace("ws", "http")}://${host}`) ?? url;
}

/** The value set by the proxy nearest to the client. */
function first(list: string | null): string | undefined {
  return list?.split(",")[0]?.trim() || undefined;
}

/** A parameter of an element of `Forwarded`, such as `for=192.0.2.1;proto=https;host="a.example"`. */
function parameter(element: string, name: string): string | undefined {
  for (const pair of element.split(";")) {
    const [key = "", value = ""] = pair.split("=", 2);
    if (key.trim().toLowerCase() === name) return value.trim().replace(/^"(.*)"$/, "$1");
  }
  return undefined;
}
