/**
 * How runners that share a secret work together: those in front forward, media nodes take what is
 * forwarded.
 *
 * @module
 */
import type { Hono } from "hono";
import type { TransportName } from "./core/bot.ts";
import type { Environment } from "./core/carrier.ts";
import { RunnerError } from "./core/error.ts";
import { sharedHash } from "./core/forwarding.ts";
import { createForwarder } from "./core/forwarder.ts";
import { mediaNodes } from "./core/media_nodes.ts";
import type { KeyedHash } from "./core/keyed_hash.ts";
import type { PublicUrlOptions } from "./core/public_url.ts";
import type { Sessions } from "./core/session.ts";
import { wrongMethod } from "./routes/border.ts";
import type { AppEnv } from "./routes/env.ts";
import { forwardingStarter, forwardRoutes } from "./routes/forward.ts";
import type { Entrance } from "./routes/forwarded.ts";
import type { Starter } from "./routes/start.ts";

/** Where WebRTC sessions run, when it is not only here. */
export interface MediaNetworkOptions {
  /**
   * The secret that a runner with `mediaNodes` shares with them, of 16 characters at least;
   * `RUNNER_SECRET` in the environment, unless given. A runner with a secret and no `mediaNodes` is a
   * media node: it serves nothing but what another runner has forwarded, and its health.
   * No Worker is one.
   */
  readonly secret?: string;
  /**
   * The origins of the runners that have the WebRTC sessions, such as `https://media1.example.com`.
   * This one forwards to them, and needs no WebRTC itself. It needs a `secret`.
   */
  readonly mediaNodes?: readonly string[];
}

/** The part of a runner in it. */
export interface MediaNetwork {
  /** The starter of WebRTC where sessions are forwarded, given that of this runner, if it has one. */
  readonly starter?: (local?: Starter) => Starter;
  /** Answers requests, those that are forwarded to this runner too. */
  readonly enter: Entrance;
}

/** Lets a runner take what others forward to it; which a Worker cannot. */
export type JoinMediaNode = (
  main: Hono<AppEnv>,
  hash: KeyedHash,
  options: { readonly required: boolean },
) => Entrance;

/**
 * Adds to an app, ahead of its other routes, what forwards and what refuses.
 *
 * @param node Makes a media node of the runner; absent where the host can be none.
 *
 * @throws {RunnerError} `no_secret`, `weak_secret` or `bad_media_node`.
 */
export function joinMediaNetwork(
  main: Hono<AppEnv>,
  sessions: Sessions,
  options: MediaNetworkOptions & PublicUrlOptions & {
    readonly environment?: Environment;
    readonly transport?: TransportName;
    readonly webrtc?: unknown;
  },
  node?: JoinMediaNode,
): MediaNetwork {
  const { mediaNodes: origins = [], environment = {}, transport = "webrtc" } = options;
  const secret = options.secret ?? environment.RUNNER_SECRET;
  const direct: Entrance = (request, env) => main.fetch(request, env);
  if (!secret) {
    if (origins.length === 0) return { enter: direct };
    const detail = "Media nodes need a secret that they share with this runner: RUNNER_SECRET.";
    throw new RunnerError("no_secret", detail);
  }
  const hash = sharedHash(secret);
  const enter = node?.(main, hash, { required: origins.length === 0 }) ?? direct;
  if (origins.length === 0 || transport !== "webrtc") return { enter };
  const forwarding = {
    ...options,
    sessions,
    forwarder: createForwarder(hash, mediaNodes(origins)),
  };
  main.route("/", forwardRoutes(forwarding));
  if (!options.webrtc) main.all("/api/offer", wrongMethod("POST", "PATCH"));
  return { enter, starter: (local) => forwardingStarter(forwarding, local) };
}
