/**
 * The address under which the world reaches the runner, which is not the one it listens on.
 *
 * @module
 */

/** What is known of the world outside. */
export interface PublicUrlOptions {
  /** The public origin, such as `https://bot.example.com`. */
  readonly publicUrl?: string;
  /**
   * Believes `X-Forwarded-Proto` and `X-Forwarded-Host`. Only right behind a proxy that sets them
   * itself, for anybody can send them.
   */
  readonly trustForwarded?: boolean;
}

/**
 * The address of a request as its sender wrote it: under the configured origin, else the forwarded
 * one where that is trusted, else its own.
 */
export function publicUrl(request: Request, options: PublicUrlOptions): URL {
  const url = new URL(request.url);
  const origin = options.publicUrl ? new URL(options.publicUrl) : forwarded(request, url, options);
  return new URL(url.pathname + url.search, origin.origin);
}

/** The address of a WebSocket of the same origin: `wss:` for `https:`. */
export function webSocketUrl(origin: URL, path: string): URL {
  const url = new URL(path, origin);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url;
}

function forwarded({ headers }: Request, url: URL, { trustForwarded }: PublicUrlOptions): URL {
  if (!trustForwarded) return url;
  const protocol = first(headers.get("x-forwarded-proto")) ?? url.protocol.slice(0, -1);
  const host = first(headers.get("x-forwarded-host")) ?? url.host;
  if (!/^(https?|wss?)$/i.test(protocol)) return url;
  const origin = URL.parse(`${protocol.toLowerCase().replace("ws", "http")}://${host}`);
  // A host that is more than a host is no host.
  return origin && origin.pathname === "/" && !origin.username && !origin.search ? origin : url;
}

/** The value that the proxy nearest to the client has set. */
function first(list: string | null): string | undefined {
  return list?.split(",")[0]?.trim() || undefined;
}
