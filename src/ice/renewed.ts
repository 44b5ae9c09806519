/**
 * Credentials that are kept for half of their lifetime.
 *
 * @module
 */
import type { IceServerSource } from "../core/ice_servers.ts";
import { getLogger } from "../core/log.ts";
import type { IceServer } from "../core/peer.ts";

/** Requests servers whose credentials are valid for this long from now on. */
export interface Granting {
  /** How long, in ms. */
  readonly lifetimeMs: number;
  /** Rejects if there are none; takes at most {@link PAUSE_MS}. */
  readonly ask: () => Promise<readonly IceServer[]>;
}

/** Everyone who asks within this time shares one attempt, and its failure, in ms. */
export const PAUSE_MS = 10_000;

const logger = getLogger(["pipecat", "runner", "webrtc"]);

/**
 * Makes a source that requests rarely. In the first half of the lifetime, callers get the current
 * servers; in the second half too, while new ones are requested. Only a caller without any waits.
 *
 * @param now The time in ms.
 */
export function renewed({ lifetimeMs, ask }: Granting, now = Date.now): IceServerSource {
  let kept: { readonly servers: readonly IceServer[]; readonly since: number } | undefined;
  let attempt:
    | { readonly since: number; readonly servers: Promise<readonly IceServer[]> }
    | undefined;
  let fails = false;

  const begin = async (since: number) => {
    const servers = await ask();
    kept = { servers, since };
    attempt = undefined;
    fails = false;
    return servers;
  };
  /**
   * Nobody waits longer for an attempt that never ends: on a Worker, it may end with another's
   * request.
   */
  const shared = (): Promise<readonly IceServer[]> => {
    const since = now();
    if (!attempt || since >= attempt.since + PAUSE_MS) attempt = { since, servers: begin(since) };
    return attempt.servers;
  };
  return async () => {
    const age = kept && now() - kept.since;
    if (!kept || age === undefined || age >= lifetimeMs) return await shared();
    if (age >= lifetimeMs / 2) {
      shared().catch((error) => {
        if (fails) return; // logged once, until it works again
        fails = true;
        const reason = error instanceof Error ? error.message : String(error);
        logger.warn("The TURN logins cannot be renewed; the old ones stay in use: {reason}", {
          reason,
        });
      });
    }
    return kept.servers;
  };
}
