/**
 * Guards an address that acts as soon as it is opened: tells whether a person opened it, or a page
 * of another site made their browser fetch it.
 *
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { RunnerError } from "../core/error.ts";
import { publicUrl, type PublicUrlOptions } from "./public_url.ts";
import type { AppEnv } from "./env.ts";

/** Whose pages may link here. */
export interface VisitOptions extends PublicUrlOptions {
  readonly allowedOrigins: readonly string[];
}

/** What an `img`, a `video` or a `link` requests, and a visit never does. */
const EMBEDDED = /^(image|audio|video|font|text\/css)\b/;

/**
 * Refuses what a browser requests for another site, and what it prefetches. Programs, and users who
 * type the address, are admitted.
 *
 * Browsers say who asks (`Sec-Fetch-Site`, Fetch Metadata) only on encrypted connections or to this
 * machine; otherwise `Origin`, `Referer` and `Accept` must suffice.
 */
export function ownVisit(options: VisitOptions): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const header = (name: string) => c.req.header(name) ?? "";
    const referrer = header("origin") || header("referer");
    const source = referrer && (URL.parse(referrer)?.origin ?? "null");
    const own = [
      new URL(c.req.url).origin,
      publicUrl(c.req.raw, options).origin,
      ...options.allowedOrigins,
    ];
    const site = header("sec-fetch-site");
    const foreign = source !== ""
      ? !own.includes(source)
      : site !== "" && site !== "none" && site !== "same-origin";
    const destination = header("sec-fetch-dest");
    const embedded = (destination !== "" && destination !== "document") ||
      EMBEDDED.test(header("accept"));
    const early = /\bpre(fetch|render|view)\b/.test(header("sec-purpose") + header("purpose"));
    if (foreign || embedded || early) throw notVisited();
    await next();
  };
}

function notVisited(): RunnerError {
  const detail = "Another page asked for this address, which starts a bot. Type it into the " +
    "browser's address bar, or let that page do it with --allowed-origins.";
  return new RunnerError("not_visited", detail);
}
