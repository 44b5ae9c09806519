/**
 * Guards a transport's incoming media, replacing werift's own handling.
 *
 * @module
 */
import type { RTCDtlsTransport, SrtcpSession, SrtpSession } from "werift";
import { finishCiphers } from "../srtp.ts";
import type { RtcpReport } from "./rtcp_compound.ts";
import type { RtpPacket } from "./rtp_packet.ts";
import { createSrtpReceiver, type ReceiverKeys, type SrtpReceiver } from "./srtp_receiver.ts";

/** Receives what is authentic and well formed. */
export interface MediaHandlers {
  /** Whether an RTP packet is worth opening, by its header, which is not yet checked. */
  readonly isWanted: (packet: Uint8Array) => boolean;
  readonly onRtp: (packet: RtpPacket) => void;
  readonly onRtcp: (report: RtcpReport) => void;
}

const GCM_PROFILE = 7;

/** Guards the media of a transport; call it before the transport is started. */
export function guardMedia(
  transport: RTCDtlsTransport,
  { isWanted, onRtp, onRtcp }: MediaHandlers,
): void {
  let receiver: SrtpReceiver | undefined;
  // Called after each handshake, once the client's certificate is known to be the one of the offer.
  transport.startSrtp = () => {
    transport.srtpStarted = true;
    transport.updateSrtpSession();
    const { srtp, srtcp } = transport;
    finishCiphers({ srtp, srtcp });
    const profile = srtp.remoteContext.profile === GCM_PROFILE ? "gcm" : "counter";
    const isFirst = receiver === undefined;
    receiver = createSrtpReceiver(profile, rtpKeys(srtp), rtcpKeys(srtcp));
    if (isFirst) transport.iceTransport.connection.onData.subscribe(receive);
  };
  const receive = (bytes: Uint8Array) => {
    if (!receiver || !isMedia(bytes)) return;
    if (isRtcp(bytes)) {
      for (const report of receiver.rtcp(bytes) ?? []) onRtcp(report);
    } else if (isWanted(bytes)) {
      const packet = receiver.rtp(bytes);
      if (packet) onRtp(packet);
    }
  };
}

/** RFC 7983: what else comes to the same port begins with other bytes. */
function isMedia(bytes: Uint8Array): boolean {
  const [first = 0] = bytes;
  return first > 127 && first < 192;
}

/** RFC 5761 section 4. */
function isRtcp(bytes: Uint8Array): boolean {
  const type = bytes[1] ?? 0;
  return type >= 192 && type < 224;
}

function rtpKeys({ remoteContext }: SrtpSession): ReceiverKeys {
  const { srtpSessionKey, srtpSessionSalt, srtpSessionAuthTag } = remoteContext;
  return { key: srtpSessionKey, salt: srtpSessionSalt, authentication: srtpSessionAuthTag };
}

function rtcpKeys({ remoteContext }: SrtcpSession): ReceiverKeys {
  const { srtcpSessionKey, srtcpSessionSalt, srtcpSessionAuthTag } = remoteContext;
  return { key: srtcpSessionKey, salt: srtcpSessionSalt, authentication: srtcpSessionAuthTag };
}
