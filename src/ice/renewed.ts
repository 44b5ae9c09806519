/**
 * Credentials that are kept until half of their lifetime has passed.
 *
 * @module
 */
import type { IceServerSource } from "../core/ice_servers.ts";
import { getLogger } from "../core/log.ts";
import type { IceServer } from "../core/peer.ts";

/** Asks for servers, whose credentials are good for this long from now on. */
export interface Granting {
  /** How long, in ms. */
  readonly lifetimeMs: number;
  /** Rejects where they cannot be had; it takes no longer than {@link PAUSE_MS}. */
  readonly ask: () => Promise<readonly IceServer[]>;
}

/** An attempt is shared by all who ask within this time, and its failure too, in ms. */
export const PAUSE_MS = 10_000;

const logger = getLogger(["pipecat", "runner", "webrtc"]);

/**
 * Makes a source that asks seldom: whoever asks in the first half of the lifetime gets what there is;
 * in the second half too, while others are asked for. Only who comes with none at hand waits.
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
  /** Of one that never ends nobody waits longer: on a Worker, it may go with another's request. */
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
        if (fails) return; // told once, until it works again
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
