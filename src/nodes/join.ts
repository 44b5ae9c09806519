/**
 * Makes a runner one of those that share a secret.
 *
 * @module
 */
import type { Hono } from "hono";
import { keyedHash } from "../core/hash.ts";
import { type Load, whenCalled } from "../core/load_once.ts";
import type { AppEnv } from "../http/env.ts";
import type { OnceStore } from "../sessions/once.ts";
import type * as MediaNode from "./media_node.ts";
import { type NetworkOptions, networkSecret } from "./network.ts";

/** Lets a runner take what others forward to it; returns how requests enter then. */
export type JoinNetwork = (
  main: Hono<AppEnv>,
  options: NetworkOptions,
  once: OnceStore,
) => MediaNode.Entrance | undefined;

/**
 * Lets a runner that shares a secret with others take what they forward to it; one that shares none is
 * left as it is. A media node, which is a runner that forwards nothing itself, refuses what was not
 * forwarded. It throws `no_secret`, or `bad_option` for a secret that is short.
 *
 * @param load Gives what a media node does.
 */
export function joinNetwork(load: Load<typeof MediaNode>): JoinNetwork {
  return (main, options, once) => {
    const secret = networkSecret(options);
    if (secret === undefined) return undefined;
    const required = (options.mediaNodes ?? []).length === 0;
    const open = `${options.basePath ?? ""}/metrics`;
    main.use("*", whenCalled(async () => (await load()).forwardedGate({ required, open })));
    return whenCalled(async () => (await load()).forwardedEntrance(main, keyedHash(secret), once));
  };
}
