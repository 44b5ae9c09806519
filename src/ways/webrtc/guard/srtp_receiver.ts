/**
 * Decrypts SRTP and SRTCP (RFC 3711, RFC 7714). Only authentic packets change what is known about a
 * stream.
 *
 * @module
 */
import { createDecipheriv, createHmac, timingSafeEqual } from "node:crypto";
import { createReplayWindow, type ReplayWindow } from "../../../core/replay_window.ts";
import { readRtcp, type RtcpReport } from "./rtcp_compound.ts";
import { readRtpHeader, type RtpHeader, type RtpPacket, withoutPadding } from "./rtp_packet.ts";

/** The keys that packets of one kind, SRTP or SRTCP, are decrypted with. */
export interface ReceiverKeys {
  readonly key: Uint8Array;
  /** 12 bytes for AES-GCM, 14 for the counter mode. */
  readonly salt: Uint8Array;
  /** For HMAC-SHA1; the counter mode needs it. */
  readonly authentication: Uint8Array;
}

/** How the packets are protected: `SRTP_AES128_CM_HMAC_SHA1_80` or `SRTP_AEAD_AES_128_GCM`. */
export type ReceiverProfile = "counter" | "gcm";

/** Decrypts what arrives on one transport. */
export interface SrtpReceiver {
  /** Returns nothing for a packet that is malformed, not authentic, or was there before. */
  rtp(packet: Uint8Array): RtpPacket | undefined;
  /** The reports of a compound packet; undefined for an invalid one, as for `rtp`. */
  rtcp(packet: Uint8Array): RtcpReport[] | undefined;
}

const TAG_BYTES = { counter: 10, gcm: 16 } as const;
const RTCP_HEADER_BYTES = 8;
const RTCP_INDEX_BYTES = 4;
const ENCRYPTED = 0x8000_0000;
const SEQUENCES = 0x1_0000;
/** A sender that restarts may go back by as much: all that an index can be told from. */
const RTP_WINDOW = { size: SEQUENCES / 2, versions: 2 };
const RTCP_WINDOW = { size: 128 };
/** Streams that are remembered in full; of those before, the highest index is. */
const MOST_STREAMS = 4;
/** No client has so many in all its calls. */
const MOST_SOURCES = 512;

const NOTHING = new Uint8Array(0);

/** Makes a receiver for one client. */
export function createSrtpReceiver(
  profile: ReceiverProfile,
  rtpKeys: ReceiverKeys,
  rtcpKeys: ReceiverKeys,
): SrtpReceiver {
  const tagBytes = TAG_BYTES[profile];
  const rtpStreams = createStreams(RTP_WINDOW);
  const rtcpStreams = createStreams(RTCP_WINDOW);
  const open = profile === "gcm" ? openGcm : openCounter;

  return {
    rtp(packet) {
      const end = packet.length - tagBytes;
      const header = readRtpHeader(packet, end);
      if (!header) return;
      const window = rtpStreams.find(header.source);
      const mark = viewOf(packet).getUint32(end);
      const sealed: Sealed = {
        head: packet.subarray(0, header.length),
        body: packet.subarray(header.length, end),
        tag: packet.subarray(end),
        trailer: NOTHING,
      };
      for (const index of possibleIndices(header, rtpStreams.highest(header.source))) {
        if (window && !window.admits(index, mark)) continue;
        const place = { kind: "rtp", source: header.source, index } as const;
        const plain = open(rtpKeys, place, sealed);
        if (!plain) continue;
        const known = window ?? rtpStreams.add(header.source);
        if (!known?.admits(index, mark)) return;
        known.accept(index, mark);
        const payload = withoutPadding(plain, header.padded);
        if (!payload) return;
        const { marker, payloadType, sequence, timestamp, source } = header;
        const opened = { marker, payloadType, sequence, timestamp, source, payload };
        return header.extended ? { ...opened, head: sealed.head } : opened;
      }
    },
    rtcp(packet) {
      // The index stands before the tag in counter mode, and behind it in AES-GCM.
      const least = RTCP_HEADER_BYTES + RTCP_INDEX_BYTES + tagBytes;
      if (packet.length < least || packet[0]! >> 6 !== 2) return;
      const end = packet.length - RTCP_INDEX_BYTES - tagBytes;
      const indexAt = profile === "gcm" ? end + tagBytes : end;
      const tagAt = profile === "gcm" ? end : end + RTCP_INDEX_BYTES;
      const view = viewOf(packet);
      const word = view.getUint32(indexAt);
      if (word < ENCRYPTED) return; // as all of WebRTC is (RFC 8827 section 6.5)
      const [source, mark, index] = [view.getUint32(4), view.getUint32(tagAt), word - ENCRYPTED];
      const window = rtcpStreams.find(source);
      if (window && !window.admits(index, mark)) return;
      const head = packet.subarray(0, RTCP_HEADER_BYTES);
      const plain = open(rtcpKeys, { kind: "rtcp", source, index }, {
        head,
        body: packet.subarray(RTCP_HEADER_BYTES, end),
        tag: packet.subarray(tagAt, tagAt + tagBytes),
        trailer: packet.subarray(indexAt, indexAt + RTCP_INDEX_BYTES),
      });
      if (!plain) return;
      const known = window ?? rtcpStreams.add(source);
      if (!known?.admits(index, mark)) return;
      known.accept(index, mark);
      return readRtcp(concatenated(head, plain));
    },
  };
}

/**
 * What the index of a packet may be, the likeliest first (RFC 3711 section 3.3.1). The second is for
 * a stream whose first packets were lost just before its sequence number turned over, and for a
 * sender that has jumped back over the turn.
 */
function possibleIndices({ sequence }: RtpHeader, highest: number): number[] {
  if (highest < 0) return sequence < SEQUENCES / 2 ? [sequence, SEQUENCES + sequence] : [sequence];
  const ahead = ((sequence - highest) << 16) >> 16;
  const nearest = highest + ahead;
  const sameTurn = highest - highest % SEQUENCES + sequence;
  return nearest === sameTurn || nearest < 0 ? [sameTurn] : [nearest, sameTurn];
}

/** The streams of a transport, by their SSRC. */
function createStreams(options: { readonly size: number; readonly versions?: number }) {
  const windows = new Map<number, ReplayWindow>();
  const retired = new Map<number, number>();
  return {
    find: (source: number): ReplayWindow | undefined => windows.get(source),
    highest: (source: number): number => windows.get(source)?.highest ?? retired.get(source) ?? -1,
    /** Adds a stream that has proved authentic, unless there are far too many. */
    add(source: number): ReplayWindow | undefined {
      if (retired.size >= MOST_SOURCES && !retired.has(source)) return;
      const window = createReplayWindow({ ...options, after: retired.get(source) ?? -1 });
      retired.delete(source);
      windows.set(source, window);
      for (const [oldest, { highest }] of windows) {
        if (windows.size <= MOST_STREAMS) break;
        windows.delete(oldest);
        retired.set(oldest, highest);
      }
      return window;
    },
  };
}

/** The parts of a packet. */
interface Sealed {
  /** Not encrypted. */
  readonly head: Uint8Array;
  readonly body: Uint8Array;
  readonly tag: Uint8Array;
  /** Follows the body: the index of SRTCP. */
  readonly trailer: Uint8Array;
}

/** What makes the cipher of each packet another one. */
interface Place {
  readonly kind: "rtp" | "rtcp";
  readonly source: number;
  readonly index: number;
}

/** RFC 7714 sections 8 and 9. */
function openGcm(keys: ReceiverKeys, { kind, source, index }: Place, sealed: Sealed) {
  const { head, body, tag, trailer } = sealed;
  const vector = new Uint8Array(12);
  const view = viewOf(vector);
  view.setUint32(2, source);
  if (kind === "rtp") view.setUint16(6, Math.floor(index / 2 ** 32));
  view.setUint32(8, index);
  for (let at = 0; at < vector.length; at++) vector[at]! ^= keys.salt[at] ?? 0;
  const cipher = createDecipheriv("aes-128-gcm", keys.key, vector);
  cipher.setAAD(trailer.length === 0 ? head : concatenated(head, trailer));
  cipher.setAuthTag(tag);
  const plain = cipher.update(body);
  try {
    cipher.final();
    return plain;
  } catch {
    return; // it is not authentic
  }
}

/** RFC 3711 sections 4.1.1 and 4.2. */
function openCounter(keys: ReceiverKeys, { kind, source, index }: Place, sealed: Sealed) {
  const { head, body, tag, trailer } = sealed;
  const digest = createHmac("sha1", keys.authentication).update(head).update(body);
  if (kind === "rtp") {
    const turns = new Uint8Array(4);
    viewOf(turns).setUint32(0, Math.floor(index / SEQUENCES));
    digest.update(turns);
  } else digest.update(trailer);
  if (!timingSafeEqual(digest.digest().subarray(0, tag.length), tag)) return;
  const counter = new Uint8Array(16);
  const view = viewOf(counter);
  view.setUint32(4, source);
  view.setUint32(8, Math.floor(index / SEQUENCES));
  view.setUint16(12, index);
  for (let at = 0; at < 14; at++) counter[at]! ^= keys.salt[at] ?? 0;
  const cipher = createDecipheriv("aes-128-ctr", keys.key, counter);
  const plain = cipher.update(body);
  cipher.final(); // Deno frees only finished ciphers
  return plain;
}

function concatenated(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
