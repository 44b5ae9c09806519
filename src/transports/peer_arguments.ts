/**
 * What a bot is called with when its client is a WebRTC peer, whichever way it came.
 *
 * @module
 */
import type { SessionContext, SmallWebRTCRunnerArguments } from "../core/bot.ts";
import type { Peer } from "../core/peer.ts";
import { openable } from "./open.ts";
import { webrtcTransport } from "./peer_transport.ts";

/** The arguments of a session with a WebRTC peer. */
export function peerArguments(context: SessionContext, peer: Peer): SmallWebRTCRunnerArguments {
  const args = { ...context, transport: "webrtc", webrtcConnection: peer } as const;
  return openable(args, (params) => webrtcTransport(peer, params));
}
