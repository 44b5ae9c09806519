/**
 * What a runner does with the requests that another one forwards to it.
 *
 * @module
 */
import { getLogger } from "../core/log.ts";
import type { Hono, MiddlewareHandler } from "hono";
import { clientAddress } from "../core/client_address.ts";
import { RunnerError } from "../core/error.ts";
import { createForwardedNumbers } from "./forwarded_numbers.ts";
import {
  type Admitted,
  FORWARDED_HEADER,
  FORWARDED_WINDOW_MS,
  type ForwardedBody,
  MAX_FORWARDED_BYTES,
  readForwarded,
} from "./forwarding.ts";
import { unframedBody } from "./framed_body.ts";
import type { KeyedHash } from "../core/hash.ts";
import type { OnceStore } from "../sessions/once.ts";
import { useSignature } from "../sessions/replay.ts";
import { readBytes } from "../http/body.ts";
import type { AppEnv } from "../http/env.ts";
import { newsOf } from "./session_news.ts";
import { asksForWebSocket } from "../core/upgrade.ts";

const logger = getLogger(["pipecat", "runner", "forward"]);

/** Answers a request, on a host. */
export type Entrance = (
  request: Request,
  env: AppEnv["Bindings"],
) => Response | Promise<Response>;

/** What the entrance of a fleet's process knows and that of a media node does not. */
export interface FleetEntrance {
  /** How ids name this process: signatures for another one are refused. */
  readonly name: string;
  /** The path below which this process and the others serve. */
  readonly basePath: string;
  /** A session will not begin: it needs no place here. */
  dismissed(id: string): void;
  /** A session has begun elsewhere: it needs no place here, and no longer runs here. */
  taken(id: string): void;
}

/** What an entrance is made of. */
export interface EntranceOptions {
  /** All that is served. */
  readonly app: Hono<AppEnv>;
  /** Of the secret that is shared. */
  readonly hash: KeyedHash;
  /** Where media nodes remember together what was taken: something may be signed for any of them. */
  readonly once?: OnceStore | undefined;
  /** Set for a process of a fleet. */
  readonly fleet?: FleetEntrance;
}

/**
 * The entrance of a runner that shares a secret with others. A request that one of them has signed
 * is handled as if the client itself had sent it: with the client's address, and under its URL.
 */
export function forwardedEntrance({ app, hash, once, fleet }: EntranceOptions): Entrance {
  const numbers = createForwardedNumbers();
  const isFirst = async ({ sender, number, signature }: Admitted) =>
    numbers.take(sender, number) &&
    (!once || await useSignature(once, `forwarded:${signature}`, FORWARDED_WINDOW_MS));
  return async (request, env) => {
    // An unreadable address is refused like all others.
    const signed = request.headers.has(FORWARDED_HEADER) && URL.canParse(request.url);
    const admitted = signed ? await readForwarded(hash, request) : undefined;
    if (!admitted) return await app.fetch(request, env);
    const { forwarded, address } = admitted;
    let body: ForwardedBody;
    try {
      if (fleet && forwarded.owner !== fleet.name) throw notForwarded();
      body = await bodyOf(request, admitted, hash);
      if (!await isFirst(admitted)) throw replayed();
    } catch (error) {
      if (error instanceof RunnerError) return error.toResponse();
      throw error;
    }
    const news = fleet && newsOf(request, fleet.basePath);
    if (news) {
      fleet[news.kind](news.id);
      return new Response(null, { headers: { [FORWARDED_HEADER]: forwarded.owner } });
    }
    const platform = env.platform && {
      ...env.platform,
      remoteAddress: () => address,
      ...(asksForWebSocket(request) ? { upgrade: () => env.platform!.upgrade(request) } : {}),
    };
    const sent = asSent(request, body, admitted);
    return await app.fetch(sent, {
      ...env,
      ...(platform ? { platform } : {}),
      client: () => clientAddress(sent, platform, { trustProxy: true }),
      forwarded,
    });
  };
}

/**
 * Marks the answers to forwarded requests, to tell them from those of a proxy.
 *
 * @param options.required Refuses requests that were not forwarded.
 * @param options.open The path that is served to others anyway: it asks for its own token.
 */
export function forwardedGate(
  options: { readonly required: boolean; readonly open: string },
): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const { forwarded } = c.env;
    if (!forwarded && options.required && c.req.path !== options.open) throw notForwarded();
    await next();
    // The answer that accepts a WebSocket cannot be changed, and its client reads no header.
    if (forwarded && !asksForWebSocket(c.req.raw)) {
      c.res.headers.set(FORWARDED_HEADER, forwarded.owner);
    }
  };
}

function replayed(): RunnerError {
  logger.warn("Refused a forwarded request that was sent before");
  const detail = "This request has been forwarded before; each signature is valid once.";
  return new RunnerError("replayed", detail);
}

function notForwarded(): RunnerError {
  const detail = "This is a media node: it serves only what the runner in front of it forwards.";
  return new RunnerError("not_forwarded", detail);
}

/** The signed body: whole, or as it comes. */
async function bodyOf(
  request: Request,
  { framed, isBody }: Admitted,
  hash: KeyedHash,
): Promise<ForwardedBody> {
  if (framed) {
    if (!request.body) throw notForwarded();
    const header = request.headers.get(FORWARDED_HEADER) ?? "";
    return unframedBody({ hash, header }, request.body);
  }
  const body = await readBytes(request, MAX_FORWARDED_BYTES);
  if (!await isBody(body)) throw notForwarded();
  return body;
}

/** The request as the client sent it. */
function asSent(
  request: Request,
  body: ForwardedBody,
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
  const empty = body instanceof Uint8Array && body.length === 0;
  const init = { method: request.method, headers, body: empty ? null : body, duplex: "half" };
  return new Request(`${origin}${pathname}${search}`, init);
}
