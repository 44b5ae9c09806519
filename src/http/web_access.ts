/**
 * Which web pages may use a runner, and which host names it answers to.
 *
 * A browser runs strangers' pages beside its user's, and reaches whatever its machine reaches. So a
 * page names itself, in `Origin`, and only some are admitted. The requested host name is checked,
 * too: a page may point its own name at this machine (DNS rebinding), and would otherwise count as
 * the runner's own.
 *
 * @module
 */
import { getLogger } from "../core/log.ts";
import { RunnerError } from "../core/error.ts";
import { publicUrl, type PublicUrlOptions } from "./public_url.ts";

const logger = getLogger(["pipecat", "runner", "http"]);

/** Means every origin. */
const ANY = "*";
/** The most origins and names to log; the answers always say it. */
const MOST_TOLD = 20;

/** Who may use a runner. */
export interface WebAccessOptions extends PublicUrlOptions {
  /** Origins such as `https://app.example.com` whose pages may use it; `*` means all. */
  readonly allowedOrigins?: readonly string[];
  /**
   * Host names that it answers to, besides loopback names, IP addresses and that of `publicUrl`;
   * `*.example.com` means all names below one. Default: names are not checked.
   */
  readonly allowedHosts?: readonly string[];
}

/** Decides on requests. */
export interface WebAccess {
  /** Whether pages of all origins may use the runner. */
  readonly open: boolean;
  /**
   * Lets a request pass, or throws. A request without `Origin` is not from a page, and passes.
   *
   * @throws {RunnerError} `host_not_allowed` or `origin_not_allowed`, with status 403 and the option
   * that would let it pass.
   */
  check(request: Request): void;
  /**
   * The same for an address that pages never need, which `publicUrl` opens to none.
   *
   * @throws {RunnerError} `origin_not_allowed`.
   */
  checkOrigin(request: Request): void;
  /** Whether an origin was allowed by name. */
  isListed(origin: string): boolean;
}

/** Makes what decides on requests. */
export function webAccess(options: WebAccessOptions): WebAccess {
  const { allowedOrigins = [], allowedHosts, publicUrl: address, trustProxy } = options;
  const listed = new Set(allowedOrigins);
  const own = address === undefined ? undefined : new URL(address);
  const open = listed.has(ANY) || (own !== undefined && listed.size === 0);
  // A trusted proxy knows the names, and it is the proxy that was called by them.
  const isName = allowedHosts && !trustProxy
    ? nameTest(own ? [...allowedHosts, own.hostname] : allowedHosts)
    : undefined;
  const tellOnce = teller();

  function checkOrigin(request: Request): void {
    const origin = request.headers.get("origin") ?? embedder(request.headers);
    if (origin === undefined || listed.has(ANY) || listed.has(origin)) return;
    const page = URL.parse(origin);
    const called = publicUrl(request, trustProxy ? { trustProxy } : {});
    // The scheme may differ: TLS often ends in front of the runner.
    if (page && (page.host === called.host || page.origin === own?.origin)) return;
    // A public runner is not for pages on its visitors' machines.
    if (page && isLoopback(page.hostname) && (!own || open)) return;
    tellOnce(
      origin,
      () =>
        logger.warn("A page from {origin} was refused; --allowed-origins allows it", { origin }),
    );
    throw new RunnerError("origin_not_allowed", originAdvice(origin));
  }

  return {
    open,
    checkOrigin,
    isListed: (origin) => listed.has(origin),
    check(request) {
      if (open) return;
      const { hostname } = new URL(request.url);
      if (isName && !isName(hostname)) {
        tellOnce(hostname, () =>
          logger.warn(
            "A request to {hostname} was refused; --proxy or --allowed-hosts makes it a name of this " +
              "runner",
            { hostname },
          ));
        throw new RunnerError("host_not_allowed", hostAdvice(hostname));
      }
      checkOrigin(request);
    },
  };
}

/** Tells whether a name or address belongs to the machine that uses it. */
function isLoopback(hostname: string): boolean {
  const name = hostname.replace(/\.$/, "");
  return name === "localhost" || name.endsWith(".localhost") || name === "[::1]" ||
    /^127(\.\d+){3}$/.test(name);
}

/**
 * The origin of the page that embedded the requested resource, as an image or a frame: browsers
 * send no `Origin` for that. Undefined if a user opens an address, or no browser asks.
 */
function embedder(headers: Headers): string | undefined {
  const site = headers.get("sec-fetch-site");
  if (site !== "cross-site" && site !== "same-site") return undefined;
  if (headers.get("sec-fetch-dest") === "document") return undefined;
  return URL.parse(headers.get("referer") ?? "")?.origin ?? "null";
}

/** Makes a test for the names of a runner. */
function nameTest(names: readonly string[]): (hostname: string) => boolean {
  return (hostname) => {
    const name = hostname.replace(/\.$/, "");
    // An address was not looked up, so nobody can have pointed it here.
    return isLoopback(name) || /^[\d.]+$|^\[/.test(name) ||
      names.some((one) => one === name || (one.startsWith("*.") && name.endsWith(one.slice(1))));
  };
}

function originAdvice(origin: string): string {
  return origin === "null"
    ? "A page without an origin, such as a file or a sandboxed frame, may not use this runner. Serve " +
      "it over HTTP, or allow all pages with --allowed-origins '*' (allowedOrigins in code)."
    : `Pages from ${origin} may not use this runner. Allow them with --allowed-origins ${origin} ` +
      "(allowedOrigins in code).";
}

function hostAdvice(hostname: string): string {
  return `This runner does not answer to ${hostname}. If that is its public name, start it with --proxy ` +
    `${hostname}; if not, with --allowed-hosts ${hostname} (publicUrl and allowedHosts in code).`;
}

/** Logs each name once, up to a limit. */
function teller(): (name: string, tell: () => void) => void {
  const told = new Set<string>();
  return (name, tell) => {
    if (told.has(name) || told.size >= MOST_TOLD) return;
    told.add(name);
    tell();
  };
}
