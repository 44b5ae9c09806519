/**
 * What a media node does with the requests that another runner forwards to it.
 *
 * @module
 */
import type { Hono, MiddlewareHandler } from "hono";
import { clientAddress } from "../core/client_address.ts";
import { RunnerError } from "../core/error.ts";
import {
  type Admitted,
  FORWARDED_HEADER,
  MAX_FORWARDED_BYTES,
  readForwarded,
} from "../core/forwarding.ts";
import type { KeyedHash } from "../core/keyed_hash.ts";
import { readBytes } from "./body.ts";
import type { AppEnv } from "./env.ts";

/** Answers a request, on a host. */
export type Entrance = (
  request: Request,
  env: AppEnv["Bindings"],
) => Response | Promise<Response>;

/**
 * Lets a runner take what others forward to it. A media node, which is a runner that forwards nothing
 * itself, refuses what was not forwarded.
 *
 * @param options.required Whether the runner is a media node.
 */
export function joinMediaNode(
  main: Hono<AppEnv>,
  hash: KeyedHash,
  options: { readonly required: boolean },
): Entrance {
  main.use("*", forwardedGate(options));
  return forwardedEntrance(main, hash);
}

/**
 * The entrance of a runner that shares a secret with others. A request that one of them has signed
 * goes on as if it had come from the client itself: with its address, and under its URL.
 */
function forwardedEntrance(app: Hono<AppEnv>, hash: KeyedHash): Entrance {
  return async (request, env) => {
    // An address that cannot be read is refused with all others.
    const signed = request.headers.has(FORWARDED_HEADER) && URL.canParse(request.url);
    const admitted = signed ? await readForwarded(hash, request) : undefined;
    if (!admitted) return await app.fetch(request, env);
    let body: Uint8Array<ArrayBuffer>;
    try {
      body = await readBytes(request, MAX_FORWARDED_BYTES);
      if (!await admitted.isBody(body)) throw notForwarded();
    } catch (error) {
      if (error instanceof RunnerError) return error.toResponse();
      throw error;
    }
    const { forwarded, address } = admitted;
    const platform = env.platform && { ...env.platform, remoteAddress: () => address };
    const sent = asSent(request, body, admitted);
    return await app.fetch(sent, {
      ...env,
      ...(platform ? { platform } : {}),
      client: () => clientAddress(sent, platform, { trustForwarded: true }),
      forwarded,
    });
  };
}

/** What a media node serves to others, beside its health: it asks for a token of its own. */
const METRICS = "/metrics";

/**
 * Marks the answers to what was forwarded, so that they are told from those of a proxy.
 *
 * @param options.required Refuses requests that nobody has forwarded, but those for metrics.
 */
function forwardedGate(
  options: { readonly required: boolean },
): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const { forwarded } = c.env;
    if (!forwarded && options.required && c.req.path !== METRICS) throw notForwarded();
    await next();
    if (forwarded) c.res.headers.set(FORWARDED_HEADER, forwarded.owner);
  };
}

function notForwarded(): RunnerError {
  const detail = "This is a media node: it serves only what the runner in front of it forwards.";
  return new RunnerError("not_forwarded", detail, { status: 403 });
}

/** The request as the client sent it. */
function asSent(
  request: Request,
  body: Uint8Array<ArrayBuffer>,
  { origin, address }: Admitted,
): Request {
  const { pathname, search } = new URL(request.url);
  const { protocol, host } = new URL(origin);
  const headers = new Headers(request.headers);
  headers.delete(FORWARDED_HEADER);
  headers.set("x-forwarded-proto", protocol.slice(0, -1));
  headers.set("x-forwarded-host", host);
  if (address === undefined) headers.delete("x-forwarded-for");
  else headers.set("x-forwarded-for", address);
  const { method } = request;
  return new Request(`${origin}${pathname}${search}`, {
    method,
    headers,
    body: body.length > 0 ? body : null,
  });
}
