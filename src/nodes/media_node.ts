/**
 * What a media node does with the requests that another runner forwards to it.
 *
 * @module
 */
import { getLogger } from "../core/log.ts";
import type { Hono, MiddlewareHandler } from "hono";
import { clientAddress } from "../core/client_address.ts";
import type { Environment } from "../core/carrier.ts";
import { RunnerError } from "../core/error.ts";
import {
  type Admitted,
  FORWARDED_HEADER,
  FORWARDED_WINDOW_MS,
  MAX_FORWARDED_BYTES,
  readForwarded,
  sharedHash,
} from "./forwarding.ts";
import type { KeyedHash } from "../core/hash.ts";
import type { OnceStore } from "../sessions/once.ts";
import { useSignature } from "../sessions/replay.ts";
import { readBytes } from "../http/body.ts";
import type { AppEnv } from "../http/env.ts";

const logger = getLogger(["pipecat", "runner", "forward"]);

/** Answers a request, on a host. */
export type Entrance = (
  request: Request,
  env: AppEnv["Bindings"],
) => Response | Promise<Response>;

/** Where WebRTC sessions run, when it is not only here. */
export interface MediaNetworkOptions {
  /**
   * The secret that a runner with `mediaNodes` shares with them, of 16 characters at least; false is
   * none. Default: `RUNNER_SECRET` in the environment. A runner with a secret and no `mediaNodes` is a media
   * node: it serves nothing but what another runner has forwarded, and its health. No Worker is one.
   */
  readonly secret?: string | false;
  /**
   * The origins of the runners that have the WebRTC sessions, such as `https://media1.example.com`.
   * This one forwards to them, and needs no WebRTC itself. It needs a `secret`.
   */
  readonly mediaNodes?: readonly string[];
}

/**
 * The secret of a runner's media network; undefined where it is in none.
 *
 * @throws {RunnerError} `no_secret` when there are media nodes and no secret to share with them.
 */
export function networkSecret(
  { secret, mediaNodes = [], environment = {} }: NetworkOptions,
): string | undefined {
  const known = (secret ?? environment.RUNNER_SECRET) || undefined;
  if (known === undefined && mediaNodes.length > 0) {
    const detail = "Media nodes need a secret that they share with this runner: RUNNER_SECRET.";
    throw new RunnerError("no_secret", detail);
  }
  return known;
}

/** What {@link networkSecret} looks at. */
export interface NetworkOptions extends MediaNetworkOptions {
  readonly environment?: Environment;
}

/**
 * Lets a runner that shares a secret with others take what they forward to it; undefined for one that
 * shares none. A media node, which is a runner that forwards nothing itself, refuses what was not
 * forwarded.
 *
 * @throws {RunnerError} `no_secret`, or `bad_option` for a secret that is short.
 */
export function joinMediaNode(
  main: Hono<AppEnv>,
  options: NetworkOptions,
  once: OnceStore,
): Entrance | undefined {
  const secret = networkSecret(options);
  if (secret === undefined) return undefined;
  main.use("*", forwardedGate({ required: (options.mediaNodes ?? []).length === 0 }));
  return forwardedEntrance(main, sharedHash(secret), once);
}

/**
 * The entrance of a runner that shares a secret with others. A request that one of them has signed
 * goes on as if it had come from the client itself: with its address, and under its URL.
 */
function forwardedEntrance(app: Hono<AppEnv>, hash: KeyedHash, once: OnceStore): Entrance {
  return async (request, env) => {
    // An address that cannot be read is refused with all others.
    const signed = request.headers.has(FORWARDED_HEADER) && URL.canParse(request.url);
    const admitted = signed ? await readForwarded(hash, request) : undefined;
    if (!admitted) return await app.fetch(request, env);
    let body: Uint8Array<ArrayBuffer>;
    try {
      body = await readBytes(request, MAX_FORWARDED_BYTES);
      if (!await admitted.isBody(body)) throw notForwarded();
      const signature = `forwarded:${admitted.signature}`;
      if (!await useSignature(once, signature, FORWARDED_WINDOW_MS)) throw replayed();
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
      client: () => clientAddress(sent, platform, { trustProxy: true }),
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

function replayed(): RunnerError {
  logger.warn("Refused a forwarded request that came before");
  const detail = "This request has been forwarded before; each signature is valid once.";
  return new RunnerError("replayed", detail);
}

function notForwarded(): RunnerError {
  const detail = "This is a media node: it serves only what the runner in front of it forwards.";
  return new RunnerError("not_forwarded", detail);
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
