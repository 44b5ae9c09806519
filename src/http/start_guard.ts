/**
 * Guards every way to start a session that has no secret of its own.
 *
 * @module
 */
import { getLogger } from "../core/log.ts";
import type { MiddlewareHandler } from "hono";
import { isLoopback } from "../core/client_address.ts";
import { RunnerError } from "../core/error.ts";
import { startRate } from "../sessions/start_rate.ts";
import { startTokenCheck } from "./start_token.ts";
import type { AppEnv, RouteContext } from "./env.ts";

const logger = getLogger(["pipecat", "runner", "http"]);

/** Shorter tokens can be guessed. */
const SHORTEST_TOKEN = 16;
/** How many wrong tokens an address may send in a minute before it must wait. */
const WRONG_PER_MINUTE = 30;

/**
 * Lets a request start a session.
 *
 * @throws {RunnerError} `no_start_token` or `bad_start_token` with status 401, and
 * `too_many_tokens` with 429 for an address that has sent many wrong ones.
 */
export type StartGuard = (c: RouteContext) => Promise<void>;

/**
 * Makes a guard. Without tokens it admits everybody. A forwarded request was already asked for a
 * token.
 *
 * @param tokens The start tokens, comma-separated.
 * @throws {RunnerError} `bad_option` for an invalid token.
 */
export function startGuard(tokens: string | undefined): StartGuard {
  if (tokens === undefined) return () => Promise.resolve();
  const isKnown = startTokenCheck(tokens);
  if (tokens.split(",").some((token) => token.trim().length < SHORTEST_TOKEN)) {
    logger.warn(
      "The start token is short enough to guess: use one of at least {length} characters",
      {
        length: SHORTEST_TOKEN,
      },
    );
  }
  const failures = startRate(WRONG_PER_MINUTE, () => performance.now());
  return async (c) => {
    if (c.env.forwarded) return;
    const client = c.env.client?.();
    // Everyone behind an untrusted tunnel has its address: refusing one would refuse all.
    const tunnel = client !== undefined && isLoopback(client) && c.req.header("x-forwarded-for");
    const guesser = tunnel ? undefined : client;
    const wait = guesser === undefined ? 0 : failures.wait(guesser);
    if (wait > 0) throw tooManyTokens(wait);
    const token = /^bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
    if (token !== undefined && await isKnown(token)) return;
    c.header("www-authenticate", `Bearer realm="pipecat"${token ? ', error="invalid_token"' : ""}`);
    if (token === undefined) {
      const detail =
        "To start a session here, send the start token: Authorization: Bearer <token>.";
      throw new RunnerError("no_start_token", detail);
    }
    if (guesser !== undefined) failures.take(guesser);
    logger.warn("Refused a wrong start token");
    throw new RunnerError("bad_start_token", "This start token is wrong.");
  };
}

/** The guard as a middleware, for a route that only starts a session. */
export function guarded(guard: StartGuard): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await guard(c);
    await next();
  };
}

function tooManyTokens(retryAfter: number): RunnerError {
  const detail = `Too many wrong start tokens came from here. Try again in ${retryAfter} s.`;
  return new RunnerError("too_many_tokens", detail, { retryAfter });
}
