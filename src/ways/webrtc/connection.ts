/**
 * One werift peer connection that answers offers, with werift's faults worked around.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type * as Werift from "werift";
import type { CloseInfo } from "../../core/duplex.ts";
import { RunnerError } from "../../core/error.ts";
import type { IceCandidate } from "../../core/peer.ts";
import { delay } from "../../core/wait.ts";
import { type AgreedAudio, agreeOn } from "./agreed_audio.ts";
import type { RenewableTransport } from "./dtls_transport.ts";
import { channelMessages } from "./guard/channels.ts";
import { guardIce } from "./guard/ice.ts";
import { guardMedia } from "./guard/media.ts";
import type { RtcpReport } from "./guard/rtcp_compound.ts";
import type { RtpPacket } from "./guard/rtp_packet.ts";
import { guardSctp } from "./guard/sctp.ts";
import { asBuffer } from "./guard/wire.ts";
import { MAX_MESSAGE_BYTES } from "./guard/sctp_inbound.ts";
import type { IceServers } from "./ice_servers.ts";
import { isLoopbackCandidate } from "./sdp/candidate.ts";
import { invalidOffer } from "./sdp/description.ts";
import { createNegotiation } from "./sdp/negotiation.ts";
import { isTransportNew, type Offer } from "./sdp/offer.ts";
import type { OfferedTransport } from "./sdp/offered_transport.ts";
import { TRANSPORT_MID } from "./sdp/stack_offer.ts";
import type { VideoLine } from "./sdp/video_lines.ts";
import { sharePorts } from "./shared_port/share.ts";
import type { SessionPort, SharedPort } from "./shared_port/shared_port.ts";
import { repairTransport } from "./transport.ts";

/** How to connect. */
export interface ConnectionSettings {
  readonly iceServers: IceServers;
  readonly udpPorts?: readonly [number, number];
  /** The port that all calls share; absent if each has its own ports. */
  readonly sharedPort?: SharedPort | undefined;
}

/** What happens on a connection. */
export interface ConnectionHandlers {
  /** Media can flow. */
  readonly onConnect: () => void;
  /** The client has hung up, or cannot be reached any more. */
  readonly onEnd: (info: CloseInfo) => void;
  /** The client opens a data channel. */
  readonly onChannel: (channel: Werift.RTCDataChannel) => void;
  /** Whether an RTP packet is worth opening, by its header, which is not yet checked. */
  readonly isWanted: (packet: Uint8Array) => boolean;
  /** A packet of audio or video arrives. */
  readonly onRtp: (packet: RtpPacket) => void;
  /** A report arrives. */
  readonly onRtcp: (report: RtcpReport) => void;
  /** Anything arrives that only the client can have sent, besides audio and reports. */
  readonly onSign: () => void;
}

/** A connection to one client. */
export interface Connection {
  readonly connected: boolean;
  /** What the latest answer agreed about audio; undefined if none was offered. */
  readonly audio: AgreedAudio | undefined;
  /** The SSRC of our video. */
  readonly videoSource: number;
  /** What the latest answer agreed about video; another list after each. */
  readonly video: readonly VideoLine[];
  /**
   * Answers an offer.
   *
   * @throws {RunnerError} `invalid_offer` if it cannot be used.
   */
  answer(offer: Offer): Promise<string>;
  /** Adds a candidate; returns false if it cannot be used. */
  addCandidate(candidate: IceCandidate): Promise<boolean>;
  /** Sends an RTP packet of the audio stream. */
  sendRtp(header: Partial<Werift.RtpHeader>, payload: Uint8Array): void;
  /** Sends a report. */
  sendRtcp(packet: Werift.RtcpPacket): void;
  /** Sends an RTP packet of video; returns it as it was sent, and nothing where nothing can be. */
  sendVideo(header: Partial<Werift.RtpHeader>, payload: Uint8Array): Uint8Array | undefined;
  /** Sends again what {@link sendVideo} has returned. */
  resend(sealed: Uint8Array): void;
  /** Sends RTCP packets as one, which begins with a report. */
  sendFeedback(packets: readonly Uint8Array[]): void;
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
  const negotiation = createNegotiation();
  let pc: Werift.RTCPeerConnection | undefined;
  let shared: SessionPort | undefined;
  /** The only one: see stack_offer.ts. */
  let transport: Werift.RTCDtlsTransport | undefined;
  let renewable: RenewableTransport | undefined;
  let latest: Offer | undefined;
  let hasChannels = false;
  let audio: AgreedAudio | undefined;
  let connected = false;
  let closing: Promise<void> | undefined;

  const open = ({ candidates }: OfferedTransport) => {
    const { RTCRtpCodecParameters: Codec } = werift;
    const { udpPorts } = settings;
    // werift leaves this machine's own address out; without a network it is the only one.
    const local = candidates.some(isLoopbackCandidate) ||
      werift.getHostAddresses(true, true).length === 0;
    const opened = new werift.RTCPeerConnection({
      codecs: {
        audio: [new Codec({ mimeType: "audio/opus", clockRate: 48_000, channels: 2 })],
      },
      bundlePolicy: "max-bundle",
      maxMessageSize: MAX_MESSAGE_BYTES,
      iceServers: [], // asked by ice_servers.ts
      ...(udpPorts ? { icePortRange: [udpPorts[0], udpPorts[1]] } : {}),
      ...(local ? { iceAdditionalHostAddresses: ["127.0.0.1"] } : {}),
    });
    opened.onDataChannel.subscribe((channel) => {
      // Private only to the types. werift would keep every channel that ever existed.
      opened["sctpManager"]["dataChannels"].length = 0;
      handlers.onChannel(channel);
    });
    return opened;
  };

  const association = () => pc?.sctpTransport;
  const onMessage = channelMessages(association, (id) => {
    const channel = pc?.createDataChannel("", { negotiated: true, id });
    if (channel) handlers.onChannel(channel);
  });

  const watch = (transport: Werift.RTCDtlsTransport) => {
    transport.onStateChange.subscribe((state) => {
      if (closing) return;
      if (state === "connected") {
        // A client may agree on no SRTP if it has only data.
        if (audio && !transport.srtpStarted) {
          return handlers.onEnd({ closeCode: 1006, reason: "The client does not support SRTP" });
        }
        connected = true;
        handlers.onConnect();
      } else if (state === "closed") {
        handlers.onEnd({ closeCode: 1000, reason: "The client left" });
      } else if (state === "failed") {
        handlers.onEnd({ closeCode: 1006, reason: "The DTLS handshake failed" });
      }
    });
    transport.iceTransport.onStateChange.subscribe((state) => {
      if (closing || state !== "failed") return;
      handlers.onEnd({ closeCode: 1006, reason: "The client can no longer be reached" });
    });
  };

  /** Lets werift answer; nothing is left to answer of a client that has stopped everything. */
  const apply = async (offer: Offer): Promise<string> => {
    if (!offer.transport) {
      audio = undefined;
      return negotiation.answer(offer, "", 0);
    }
    if (offer.audio && connected && !transport?.srtpStarted) {
      throw invalidOffer("The call began without SRTP; offer audio over a new connection.");
    }
    if (!pc) {
      shared = await settings.sharedPort?.join();
      if (closing) {
        await shared?.leave();
        throw new RunnerError("unknown_peer", "The call is over; start a new one.");
      }
      pc = open(offer.transport);
    }
    const sdp = negotiation.offer(offer, offer.transport);
    await pc.setRemoteDescription({ type: "offer", sdp });
    const [holder] = pc.getTransceivers();
    if (!holder) throw new TypeError("werift has made no transport");
    const { sender: { ssrc }, dtlsTransport } = holder;
    if (!transport) {
      transport = dtlsTransport;
      // werift makes no others than its own.
      const ice = transport.iceTransport.connection as Werift.Connection;
      settings.iceServers.attach(werift, ice);
      if (shared) sharePorts(werift, ice, shared);
      guardIce(ice, handlers.onSign);
      renewable = repairTransport(transport, offer.transport.passive);
      guardMedia(transport, handlers);
      guardSctp(transport, association, {
        onMessage,
        onPacket: handlers.onSign,
        isRenewing: () => renewable?.renewing ?? false,
      });
      watch(transport);
    }
    if (pc.sctpTransport && !hasChannels) {
      hasChannels = true;
      // werift starts what exists when it connects, and nothing that comes later.
      if (connected) void pc.sctpTransport.start(negotiation.dataPort ?? 0);
    }
    holder.setDirection("sendrecv");
    await pc.setLocalDescription(await pc.createAnswer());
    // werift starts neither again after an ICE restart; both ignore what has been started.
    transport.iceTransport.start().catch(ignore);
    if (transport.role === "server") transport.start().catch(ignore);
    audio = offer.audio && agreeOn(offer.audio, ssrc);
    return negotiation.answer(offer, pc.localDescription?.sdp ?? "", ssrc);
  };

  const leave = async () => {
    await pc?.close();
    await shared?.leave();
  };

  const sendSealed = (bytes: Buffer) => {
    if (!closing) transport?.iceTransport.connection.send(bytes).catch(ignore);
  };

  return {
    get connected() {
      return connected;
    },
    get audio() {
      return audio;
    },
    videoSource: negotiation.videoSource,
    get video() {
      return negotiation.video;
    },
    async answer(offer) {
      if (!offer.transport && !pc) throw invalidOffer("The offer stops all media; offer audio.");
      let sdp: string;
      try {
        sdp = await apply(offer);
      } catch (cause) {
        if (cause instanceof RunnerError) throw cause;
        const advice = "send the sdp of createOffer() as it is";
        throw invalidOffer(`The offer cannot be used; ${advice}.`, cause);
      }
      if (offer.transport && !sdp.includes("a=candidate:")) {
        const detail = "No UDP port is free for the call; widen the port range.";
        throw new RunnerError("no_udp_port", detail, { retryAfter: 5 });
      }
      if (latest && isTransportNew(offer, latest)) renewable?.renew();
      latest = offer;
      return sdp;
    },
    async addCandidate(candidate) {
      const text = pc && !closing ? negotiation.candidate(candidate) : undefined;
      if (text) await pc?.addIceCandidate({ candidate: text, sdpMid: TRANSPORT_MID });
      return text !== undefined;
    },
    sendRtp(header, payload) {
      if (!connected || closing || !transport) return;
      void transport.sendRtp(asBuffer(payload), new werift.RtpHeader(header));
    },
    sendRtcp(packet) {
      if (connected && !closing && audio?.hasReports) transport?.sendRtcp([packet]).catch(ignore);
    },
    sendVideo(header, payload) {
      if (!connected || closing || !transport?.srtpStarted) return;
      const sealed = transport.srtp.encrypt(asBuffer(payload), new werift.RtpHeader(header));
      sendSealed(sealed);
      return sealed;
    },
    resend: (sealed) => sendSealed(asBuffer(sealed)),
    sendFeedback(packets) {
      if (connected && !closing && transport?.srtpStarted) {
        sendSealed(transport.srtcp.encrypt(Buffer.concat(packets)));
      }
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
    close: () => closing ??= leave(),
  };
}

/** For what fails only because the connection has ended, which its state changes tell. */
function ignore(): void {}
