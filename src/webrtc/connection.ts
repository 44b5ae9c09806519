/**
 * One werift peer connection that answers offers, with werift's faults worked around.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type * as Werift from "werift";
import type { CloseInfo } from "../core/duplex.ts";
import { RunnerError } from "../core/error.ts";
import type { IceCandidate, IceServer } from "../core/peer.ts";
import type { CodecName } from "./codec.ts";
import { guardMedia } from "./guard/media.ts";
import type { RtcpReport } from "./guard/rtcp_compound.ts";
import type { RtpPacket } from "./guard/rtp_packet.ts";
import { invalidOffer, MAX_CANDIDATES, type Offer, usableCandidate } from "./sdp.ts";
import { repairTransport } from "./transport.ts";

/** How to connect. */
export interface ConnectionSettings {
  readonly iceServers: readonly IceServer[];
  readonly portRange?: readonly [number, number];
}

/** What happens on a connection. */
export interface ConnectionHandlers {
  /** Media can flow. */
  readonly onConnect: () => void;
  /** The client has hung up, or cannot be reached any more. */
  readonly onEnd: (info: CloseInfo) => void;
  /** The client opens a data channel. */
  readonly onChannel: (channel: Werift.RTCDataChannel) => void;
  /** A packet of the audio stream arrives. */
  readonly onRtp: (packet: RtpPacket) => void;
  /** A report arrives. */
  readonly onRtcp: (report: RtcpReport) => void;
}

/** What was agreed about audio. */
export interface AgreedAudio {
  /** The SSRC that we send with. */
  readonly source: number;
  /** Whether the client wants to hear us. */
  readonly sends: boolean;
  readonly codec: CodecName;
  readonly payloadType: number;
  readonly stereo: boolean;
  /** Payload types of `telephone-event` and their clock rates, 48000 Hz first. */
  readonly keys: ReadonlyMap<number, number>;
}

/** A connection to one client. */
export interface Connection {
  readonly connected: boolean;
  /** What the latest answer agreed about audio; nothing when none was offered. */
  readonly audio: AgreedAudio | undefined;
  /**
   * Answers an offer.
   *
   * @throws {RunnerError} `invalid_offer` when it cannot be used.
   */
  answer(offer: Offer): Promise<string>;
  /** Adds a candidate; returns false if it cannot be used. */
  addCandidate(candidate: IceCandidate): Promise<boolean>;
  /** Sends an RTP packet of the audio stream. */
  sendRtp(header: Partial<Werift.RtpHeader>, payload: Uint8Array): void;
  /** Sends a report. */
  sendRtcp(packet: Werift.RtcpPacket): void;
  /** Resolves when the client has acknowledged all messages, or after some seconds. */
  flush(): Promise<void>;
  /** Closes; resolves when no socket and no timer is left. */
  close(): Promise<void>;
}

/** How long the client may take to acknowledge what was sent before the end. */
const FLUSH_MS = 3000;
const FLUSH_POLL_MS = 10;

/** Makes a connection that waits for its first offer. */
export function createConnection(
  werift: typeof Werift,
  settings: ConnectionSettings,
  handlers: ConnectionHandlers,
): Connection {
  const repaired = new Set<Werift.RTCDtlsTransport>();
  let pc: Werift.RTCPeerConnection | undefined;
  let audio: AgreedAudio | undefined;
  let audioTransport: Werift.RTCDtlsTransport | undefined;
  let connected = false;
  let candidates = 0;
  let closing: Promise<void> | undefined;

  const open = (offer: Offer) => {
    const { RTCRtpCodecParameters: Codec } = werift;
    const { iceServers, portRange } = settings;
    // werift leaves this machine's own address out; without a network it is the only one.
    const local = offer.loopback || werift.getHostAddresses(true, true).length === 0;
    const opened = new werift.RTCPeerConnection({
      codecs: {
        audio: [
          new Codec({ mimeType: "audio/opus", clockRate: 48_000, channels: 2 }),
          new Codec({ mimeType: "audio/telephone-event", clockRate: 48_000 }),
          new Codec({ mimeType: "audio/telephone-event", clockRate: 8000 }),
        ],
        // Never sent or received; without a codec in common werift refuses the whole offer.
        video: ["VP8", "H264", "VP9", "AV1"].map((name) =>
          new Codec({ mimeType: `video/${name}`, clockRate: 90_000 })
        ),
      },
      iceServers: iceServers.map(({ urls, ...server }) => ({ ...server, urls: [...urls] })),
      ...(portRange ? { icePortRange: [portRange[0], portRange[1]] } : {}),
      ...(local ? { iceAdditionalHostAddresses: ["127.0.0.1"] } : {}),
    });
    opened.onDataChannel.subscribe(handlers.onChannel);
    return opened;
  };

  const watch = (transport: Werift.RTCDtlsTransport) => {
    transport.onStateChange.subscribe((state) => {
      if (closing) return;
      if (state === "connected") {
        // A client may agree on no SRTP where it has nothing but data.
        if (transport === audioTransport && !transport.srtpStarted) {
          return handlers.onEnd({ closeCode: 1006, reason: "The client knows no SRTP" });
        }
        if (pc?.dtlsTransports.every((other) => other.state === "connected")) {
          connected = true;
          handlers.onConnect();
        }
      } else if (state === "closed") {
        handlers.onEnd({ closeCode: 1000, reason: "The client left" });
      } else if (state === "failed") {
        handlers.onEnd({ closeCode: 1006, reason: "The DTLS handshake failed" });
      }
    });
    transport.iceTransport.onStateChange.subscribe((state) => {
      if (closing || state !== "failed") return;
      handlers.onEnd({ closeCode: 1006, reason: "The client cannot be reached any more" });
    });
  };

  const agree = (transceivers: readonly Werift.RTCRtpTransceiver[]) => {
    const first = transceivers.find((t) => t.kind === "audio" && !t.stopped);
    for (const transceiver of transceivers) {
      // The bot sends and sees no video: `inactive` spares the client the work of encoding it.
      transceiver.setDirection(transceiver === first ? "sendrecv" : "inactive");
    }
    // Browsers put the track into a stream of this name.
    if (first) first.sender.streamId = "bot";
    audioTransport = first?.dtlsTransport;
    const codecs = first?.codecs ?? [];
    const opus = codecs.find((codec) => codec.name.toLowerCase() === "opus");
    const keys = codecs.filter((codec) => codec.name.toLowerCase() === "telephone-event")
      .sort((a, b) => b.clockRate - a.clockRate);
    audio = first && opus
      ? {
        source: first.sender.ssrc,
        sends: first.offerDirection === "sendrecv" || first.offerDirection === "sendonly",
        codec: "opus",
        payloadType: opus.payloadType,
        stereo: /(^|;)\s*stereo=1/.test(opus.parameters ?? ""),
        keys: new Map(keys.map((codec) => [codec.payloadType, codec.clockRate])),
      }
      : undefined;
  };

  return {
    get connected() {
      return connected;
    },
    get audio() {
      return audio;
    },
    async answer(offer) {
      pc ??= open(offer);
      try {
        await pc.setRemoteDescription({ type: "offer", sdp: offer.sdp });
        for (const transport of pc.dtlsTransports) {
          if (repaired.has(transport)) continue;
          repaired.add(transport);
          repairTransport(transport, pc.sctpTransport, offer.passive);
          guardMedia(transport, handlers);
          watch(transport);
        }
        agree(pc.getTransceivers());
        if (offer.hasAudio && !audio) throw new TypeError("The client knows no Opus");
        await pc.setLocalDescription(await pc.createAnswer());
      } catch (cause) {
        throw invalidOffer("The SDP offer cannot be used; send an offer with Opus audio.", cause);
      }
      // werift starts neither again after an ICE restart; both ignore what has been started.
      for (const transport of pc.dtlsTransports) {
        transport.iceTransport.start().catch(ignore);
        if (transport.role === "server") transport.start().catch(ignore);
      }
      const { sdp } = pc.localDescription ?? { sdp: "" };
      if (!sdp.includes("a=candidate:")) {
        const detail = "No UDP port is free for the call; widen the range of ports.";
        throw new RunnerError("no_udp_port", detail, { status: 503, retryAfter: 5 });
      }
      return sdp;
    },
    async addCandidate({ candidate, sdpMid, sdpMLineIndex }) {
      if (!pc || closing || !usableCandidate(candidate)) return false;
      if (++candidates > MAX_CANDIDATES) return false;
      await pc.addIceCandidate({
        candidate,
        ...(sdpMid != null ? { sdpMid } : { sdpMLineIndex: sdpMLineIndex ?? 0 }),
      });
      return true;
    },
    sendRtp(header, payload) {
      if (!connected || closing || !audioTransport) return;
      const { buffer, byteOffset, byteLength } = payload;
      const bytes = Buffer.from(buffer, byteOffset, byteLength); // a view, no copy
      void audioTransport.sendRtp(bytes, new werift.RtpHeader(header));
    },
    sendRtcp(packet) {
      if (connected && !closing) audioTransport?.sendRtcp([packet]).catch(ignore);
    },
    async flush() {
      const association = pc?.sctpTransport?.sctp;
      const until = performance.now() + FLUSH_MS;
      while (association?.state === "connected" && performance.now() < until) {
        // Private, and the only place that knows what the client has not acknowledged.
        if (association.outboundQueue.length + association["sentQueue"].length === 0) return;
        await delay(FLUSH_POLL_MS);
      }
    },
    close() {
      return closing ??= pc?.close() ?? Promise.resolve();
    },
  };
}

/** For what fails only because the connection has ended, which its state changes tell. */
function ignore(): void {}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
