/**
 * What surrounds every route: origins, CORS, wrong methods and errors.
 *
 * @module
 */
import { getLogger } from "../core/log.ts";
import type { Context, ErrorHandler, MiddlewareHandler, NotFoundHandler } from "hono";
import { cors } from "hono/cors";
import { RunnerError } from "../core/error.ts";
import { asksForWebSocket } from "../core/upgrade.ts";
import { hasNoRoom } from "../sessions/refusal.ts";
import type { WebAccess } from "./web_access.ts";
import type { AppEnv } from "./env.ts";

const logger = getLogger(["pipecat", "runner", "http"]);

/** The statuses of a runner that could have served, but refused. */
const REFUSALS: readonly number[] = [403, 429, 503];

/** The runner's own faults, logged once: repeated requests of a stranger must not fill the log. */
const told = new Set<string>();

/** Methods that change something (RFC 9110, section 9.2.1). */
const CHANGING: readonly string[] = ["POST", "PUT", "PATCH", "DELETE"];

/**
 * CORS as the clients need it, for requests that have passed {@link knownPages}. Credentials are
 * only for origins allowed by name.
 */
export function crossOrigin(access: WebAccess): MiddlewareHandler<AppEnv> {
  const answer = (credentials: boolean) =>
    cors({
      origin: access.open && !credentials ? "*" : (origin) => origin,
      credentials,
      allowMethods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
      exposeHeaders: ["X-Session-Id", "Retry-After"],
      maxAge: 600,
    });
  const [others, listed] = [answer(false), answer(true)];
  return (c, next) => {
    // WebSockets have no CORS, and the answer that accepts one cannot be changed.
    if (asksForWebSocket(c.req.raw)) return next();
    const origin = c.req.header("origin");
    // Pages never send these without their origin, and no cache keeps their answers for one.
    if (origin === undefined && CHANGING.includes(c.req.method)) return next();
    return origin !== undefined && access.isListed(origin) ? listed(c, next) : others(c, next);
  };
}

/** A name, an IPv4 or an IPv6 address, and a port (RFC 9110, section 7.2). */
const HOST = /^(\[[\da-f:.]+\]|[\w.-]+)?(:\d{0,5})?$/i;

/**
 * Refuses requests whose host is impossible in an address: everything later reads the address, and
 * a slash in a host would move its path.
 */
export const validAddress: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (!URL.canParse(c.req.url) || !HOST.test(c.req.header("host") ?? "")) {
    throw new RunnerError("bad_address", "The request's host or path cannot be read.");
  }
  await next();
};

/** Refuses requests from pages that may not use the runner, and requests to a foreign host name. */
export function knownPages(access: WebAccess): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    // The forwarding runner has checked the request, under its own name.
    if (!c.env?.forwarded) access.check(c.req.raw);
    await next();
  };
}

/**
 * Answers 405 for a path that exists with other methods. Hono's `method-not-allowed` would do so
 * only after the user's own routes, and adds 1 kB to a Worker.
 */
export function wrongMethod(...methods: readonly string[]): (c: Context) => Response {
  return (c) => {
    const error = new RunnerError("wrong_method", `${c.req.method} is not allowed here.`);
    const response = error.toResponse();
    response.headers.set("allow", methods.join(", "));
    return response;
  };
}

/** Renders every error once. If this process is full, another one of its fleet may answer. */
export const renderError: ErrorHandler<AppEnv> = async (error, c) => {
  if (error instanceof RunnerError) {
    const other = hasNoRoom(error) ? await c.env?.others?.take() : undefined;
    if (other) return asksForWebSocket(c.req.raw) ? other : carryHeaders(c, other);
    if (REFUSALS.includes(error.status)) c.env?.monitor?.refused?.(error.code);
    if (error.status >= 500) c.env?.monitor?.failed?.(error);
    if (error.status === 500 && !told.has(error.code)) {
      told.add(error.code);
      logFailure(error, c);
    }
    return carryHeaders(c, error.toResponse());
  }
  // Hono's own errors, which the user's routes may throw, contain their answer.
  if ("getResponse" in error) return error.getResponse();
  c.env?.monitor?.failed?.(error);
  logFailure(error, c);
  const internal = new RunnerError("internal", "The runner failed; see its log.");
  return carryHeaders(c, internal.toResponse());
};

function logFailure(error: Error, { req: { method, path } }: Context<AppEnv>): void {
  logger.error("{method} {path} failed: {error}", { method, path, error });
}

/** Renders the 404 of a path that nothing serves. */
export const renderNotFound: NotFoundHandler<AppEnv> = (c) =>
  carryHeaders(c, new RunnerError("not_found", "There is nothing here.").toResponse());

/** Keeps what middleware has set, above all the CORS headers. */
function carryHeaders(c: Context, response: Response): Response {
  c.res.headers.forEach((value, name) => {
    if (!response.headers.has(name)) response.headers.set(name, value);
  });
  return response;
}
