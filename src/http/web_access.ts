/**
 * Which web pages may use a runner, and by which names it may be called.
 *
 * A browser runs the pages of strangers beside those of its user, and reaches whatever its machine
 * reaches. So a page says who it is, in `Origin`, and only some are let in. The name by which the
 * runner was called is looked at too: a page may point its own name at this machine (DNS rebinding),
 * and would else count as one of the runner's own.
 *
 * @module
 */
import { getLogger } from "../core/log.ts";
import { RunnerError } from "../core/error.ts";
import { publicUrl, type PublicUrlOptions } from "./public_url.ts";

const logger = getLogger(["pipecat", "runner", "http"]);

/** Stands for every origin. */
const ANY = "*";
/** So many origins and names are told of in the log; the answers say it to all. */
const MOST_TOLD = 20;

/** Who may use a runner. */
export interface WebAccessOptions extends PublicUrlOptions {
  /** Origins such as `https://app.example.com` whose pages may use it; `*` stands for all. */
  readonly allowedOrigins?: readonly string[];
  /**
   * Names by which it may be called, besides loopback names, IP addresses and that of `publicUrl`;
   * `*.example.com` stands for all below one. Default: names are not checked.
   */
  readonly allowedHosts?: readonly string[];
}

/** Decides on requests. */
export interface WebAccess {
  /** Whether pages of all origins may use the runner. */
  readonly open: boolean;
  /**
   * Lets a request pass, or throws. Without `Origin` it comes from no page, and passes.
   *
   * @throws {RunnerError} `host_not_allowed` or `origin_not_allowed`, with status 403 and the option
   * that would let it pass.
   */
  check(request: Request): void;
  /**
   * The same for an address that pages have no business with, which `publicUrl` opens to none.
   *
   * @throws {RunnerError} `origin_not_allowed`.
   */
  checkOrigin(request: Request): void;
  /** Whether an origin is one of those that were allowed by name. */
  isListed(origin: string): boolean;
}

/** Makes what decides on requests. */
export function webAccess(options: WebAccessOptions): WebAccess {
  const { allowedOrigins = [], allowedHosts, publicUrl: address, trustProxy } = options;
  const listed = new Set(allowedOrigins);
  const own = address === undefined ? undefined : new URL(address);
  const open = listed.has(ANY) || (own !== undefined && listed.size === 0);
  // The proxy that is trusted knows the names, and it is the proxy that was called by them.
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
    // A public runner is not for the pages of its visitors' machines.
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

/** Tells whether a name or address is of the machine that uses it. */
function isLoopback(hostname: string): boolean {
  const name = hostname.replace(/\.$/, "");
  return name === "localhost" || name.endsWith(".localhost") || name === "[::1]" ||
    /^127(\.\d+){3}$/.test(name);
}

/**
 * The origin of the page that has embedded what is asked for, as an image or a frame: browsers send
 * no `Origin` for that. Undefined where a user opens an address, and where no browser asks.
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
    // What is an address was not looked up, so nobody can have pointed it here.
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

/** Tells of each name once, and of so many names only. */
function teller(): (name: string, tell: () => void) => void {
  const told = new Set<string>();
  return (name, tell) => {
    if (told.has(name) || told.size >= MOST_TOLD) return;
    told.add(name);
    tell();
  };
}
