/**
 * What `POST /start` does for WebRTC.
 *
 * @module
 */
import { type IceServerSource, tellIceServers } from "../../core/ice_servers.ts";
import type { IceServer, PeerFactory } from "../../core/peer.ts";
import type { WebRTCStartResponse } from "../../http/protocol.ts";
import type { Starter } from "../../http/start.ts";
import { sessionKey, type SessionStore } from "../../sessions/store.ts";

/** How long a session waits for its offer, and for another one after the last, in ms. */
export const SESSION_TTL_MS = 10 * 60_000;
const DEFAULT_ICE_SERVERS: readonly IceServer[] = [{ urls: ["stun:stun.l.google.com:19302"] }];

/**
 * The starter for WebRTC: the session waits in the store until its offer comes, and the stack gets
 * ready for it.
 */
export function webrtcStarter(
  store: SessionStore,
  iceServers: readonly IceServer[] | IceServerSource = [],
  peers?: PeerFactory,
): Starter {
  const tell = tellIceServers(iceServers);
  return async (start, { sessionId, traceparent }): Promise<WebRTCStartResponse> => {
    void peers?.rehearse?.(); // its offer is on the way
    const body = start.body ?? {};
    const record = { id: sessionId, transport: "webrtc", body, traceparent } as const;
    const [told] = await Promise.all([
      tell(),
      store.put(sessionKey(sessionId), record, SESSION_TTL_MS),
    ]);
    const servers = told.length > 0
      ? told
      : start.enableDefaultIceServers
      ? DEFAULT_ICE_SERVERS
      : undefined;
    return { sessionId, ...(servers ? { iceConfig: { iceServers: servers } } : {}) };
  };
}
