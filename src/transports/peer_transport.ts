/**
 * A WebRTC peer as a transport.
 *
 * @module
 */
import { observed } from "../core/call_observer.ts";
import { incomingFrom } from "../core/incoming_frames.ts";
import { getLogger } from "../core/log.ts";
import type { Peer } from "../core/peer.ts";
import { rtviEndpoint } from "../rtvi/channel.ts";
import { completeTransport } from "./complete.ts";
import { closeSoon, type Transport, type TransportParams } from "./transport.ts";

const logger = getLogger(["pipecat", "runner", "webrtc"]);

/** Wraps a peer: its media stays as it is, its RTVI messages move to `rtvi`. */
export function webrtcTransport(peer: Peer, params: TransportParams = {}): Transport {
  const { audioInSampleRate = 16_000, audioInChannels = 1, rtvi = "auto" } = params;
  peer.configure({ sampleRate: audioInSampleRate, channels: audioInChannels });
  const watching = observed();
  const endpoint = rtviEndpoint({
    observed: watching,
    send: (message) => peer.send(message),
    handshake: rtvi === "auto",
    capabilities: params.capabilities,
    disconnect: () => peer.close({ reason: "The client said disconnect-bot", by: "user" }),
  });
  peer.intercept((data) => endpoint.receive(data));
  void peer.closed.then(() => endpoint.end());
  return completeTransport({
    name: "webrtc",
    incoming: peer.incoming ?? incomingFrom(peer.readable, logger),
    writable: peer.writable,
    closed: peer.closed,
    ready: peer.ready,
    playback: peer,
    rtvi: endpoint.channel,
    observe(observer) {
      watching.observe(observer);
      peer.observe?.(observer);
    },
    close: (info) => peer.close(info),
    end: () => closeSoon(peer),
  });
}
