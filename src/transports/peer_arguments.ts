/**
 * A bot's arguments if its client is a WebRTC peer, by whichever way it came.
 *
 * @module
 */
import type { SessionContext, SmallWebRTCRunnerArguments } from "../core/bot.ts";
import type { Clock } from "../core/clock.ts";
import type { Peer } from "../core/peer.ts";
import { openable } from "./open.ts";
import { webrtcTransport } from "./peer_transport.ts";

/**
 * The arguments of a session with a WebRTC peer.
 *
 * @param clock The peer's clock. Default: the host's.
 */
export function peerArguments(
  context: SessionContext,
  peer: Peer,
  clock?: Clock,
): SmallWebRTCRunnerArguments {
  const args = { ...context, transport: "webrtc", webrtcConnection: peer } as const;
  return openable(args, (params) => webrtcTransport(peer, params, clock));
}
