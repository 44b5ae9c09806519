/**
 * A WebRTC peer as a transport.
 *
 * @module
 */
import { audioFaultsOf } from "../core/audio_faults.ts";
import { observed } from "../core/call_observer.ts";
import { type Clock, hostClock } from "../core/clock.ts";
import { incomingFrom } from "../core/incoming_frames.ts";
import { getLogger } from "../core/log.ts";
import type { Peer } from "../core/peer.ts";
import type { VideoIn } from "../core/video.ts";
import { rtviEndpoint } from "../rtvi/endpoint.ts";
import type { BotCapabilities } from "../rtvi/server_messages.ts";
import { completeTransport } from "./complete.ts";
import { closeSoon, type Transport, type TransportParams } from "./transport.ts";

const logger = getLogger(["pipecat", "runner", "webrtc"]);

/** Wraps a peer: its media is unchanged, its RTVI messages move to `rtvi`. */
export function webrtcTransport(
  peer: Peer,
  params: TransportParams = {},
  clock: Clock = hostClock,
): Transport {
  const { audioInSampleRate = 16_000, audioInChannels = 1, rtvi = "auto", videoIn } = params;
  peer.configure({ sampleRate: audioInSampleRate, channels: audioInChannels });
  if (videoIn) peer.video?.configure(videoIn);
  const incoming = peer.incoming ?? incomingFrom(peer.readable, logger, audioFaultsOf("webrtc"));
  const watching = observed();
  const endpoint = rtviEndpoint({
    observed: watching,
    send: (message) => peer.send(message),
    handshake: rtvi === "auto",
    capabilities: { ...(peer.video ? sight(videoIn) : {}), ...params.capabilities },
    press: (digit) => incoming.push({ type: "dtmf", digit }),
    disconnect: () => peer.close({ reason: "The client said disconnect-bot", by: "user" }),
  });
  peer.intercept((data) => endpoint.receive(data));
  void peer.closed.then(() => endpoint.end());
  return completeTransport({
    name: "webrtc",
    incoming,
    tells: rtvi === "manual" ? "nobody" : "client",
    clock,
    writable: peer.writable,
    closed: peer.closed,
    ready: peer.ready,
    playback: peer.playback,
    rtvi: endpoint.channel,
    video: peer.video,
    observe(observer) {
      watching.observe(observer);
      peer.observe?.(observer);
    },
    stats: () => peer.stats?.() ?? {},
    close: (info) => peer.close(info),
    end: () => closeSoon(peer),
  });
}

/** Tells clients which buttons are useful. */
function sight({ camera, screen, encoded = false }: VideoIn = {}): BotCapabilities {
  return { video_in: encoded || camera !== undefined, screen_in: encoded || screen !== undefined };
}
