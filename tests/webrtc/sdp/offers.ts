/**
 * Offers to take apart: each is written from its lines.
 */
import { createNegotiation } from "../../../src/ways/webrtc/sdp/negotiation.ts";
import { readOffer } from "../../../src/ways/webrtc/sdp/offer.ts";

const DIGEST = Array.from({ length: 32 }, (_, i) => (i + 16).toString(16).toUpperCase()).join(":");

/** What every section needs, unless the session has it. */
export const TRANSPORT = [
  "c=IN IP4 0.0.0.0",
  "a=ice-ufrag:abcd",
  "a=ice-pwd:0123456789012345678901",
  `a=fingerprint:sha-256 ${DIGEST}`,
  "a=setup:actpass",
  "a=rtcp-mux",
];

/** A candidate that nobody has. */
export const HOST = "a=candidate:1 1 udp 2122260223 192.0.2.5 54321 typ host";

/** Audio as browsers offer it. */
export const AUDIO = [
  "m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 126",
  ...TRANSPORT,
  "a=sendrecv",
  "a=rtpmap:111 opus/48000/2",
  "a=fmtp:111 minptime=10;useinbandfec=1",
  "a=rtpmap:0 PCMU/8000",
  "a=rtpmap:8 PCMA/8000",
  "a=rtpmap:126 telephone-event/8000",
];

/** Video as browsers offer it. */
export const VIDEO = [
  "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
  ...TRANSPORT,
  "a=sendrecv",
  "a=rtpmap:96 VP8/90000",
  "a=rtcp-fb:96 goog-remb",
  "a=rtcp-fb:96 transport-cc",
  "a=rtcp-fb:96 nack",
  "a=rtcp-fb:96 nack pli",
  "a=extmap:13 urn:3gpp:video-orientation",
  "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
  "a=rtpmap:97 rtx/90000",
  "a=fmtp:97 apt=96",
];

/** Data channels as browsers offer them. */
export const DATA = [
  "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
  ...TRANSPORT.filter((line) => line !== "a=rtcp-mux"),
  "a=sctp-port:5000",
  "a=max-message-size:262144",
];

/** Names a section. */
export function named(mid: string, section: readonly string[], ...lines: string[]): string[] {
  return [...section, `a=mid:${mid}`, ...lines];
}

/** Leaves lines out that begin so. */
export function without(section: readonly string[], ...starts: string[]): string[] {
  return section.filter((line) => !starts.some((start) => line.startsWith(start)));
}

/** Writes an offer. */
export function offer(session: readonly string[], ...sections: (readonly string[])[]): string {
  const head = ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0"];
  return [...head, ...session, ...sections.flat(), ""].join("\r\n");
}

/** An offer of sections in a bundle, named by their place. */
export function bundle(...sections: (readonly string[])[]): string {
  const mids = sections.map((_, i) => `${i}`);
  const group = `a=group:BUNDLE ${mids.join(" ")}`;
  return offer([group], ...sections.map((section, i) => named(`${i}`, section)));
}

/** What a stack answers that has heard of all it can. */
export const STACK_ANSWER = [
  "v=0",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111",
  "a=candidate:7 1 udp 2130706431 192.0.2.9 4000 typ host",
  "a=end-of-candidates",
  "a=ice-ufrag:ours",
  "a=ice-pwd:ours0123456789012345678",
  "a=ice-options:trickle",
  `a=fingerprint:sha-256 ${DIGEST}`,
  "a=setup:passive",
  "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
  "a=max-message-size:65536",
  "",
].join("\r\n");

/** One section of an answer. */
export interface AnsweredSection {
  /** The `m=` line. */
  readonly media: string;
  /** All other lines. */
  readonly lines: readonly string[];
  /** The direction that it says. */
  readonly direction: string | undefined;
}

/** An answer, taken apart. */
export interface Answer {
  readonly session: readonly string[];
  readonly sections: readonly AnsweredSection[];
}

/** Answers an offer as if there were a stack. */
export function answer(sdp: string, negotiation = createNegotiation()): Answer {
  const read = readOffer(sdp);
  if (read.transport) negotiation.offer(read, read.transport);
  return takeApart(negotiation.answer(read, STACK_ANSWER, 1234));
}

/** Takes an answer apart. */
export function takeApart(sdp: string): Answer {
  const [session = [], ...sections] = sdp.split(/^(?=m=)/m).map((part) =>
    part.split("\r\n").filter(Boolean)
  );
  return {
    session,
    sections: sections.map(([media = "", ...lines]) => ({
      media,
      lines,
      direction: lines.find((line) => /^a=(sendrecv|sendonly|recvonly|inactive)$/.test(line))
        ?.slice(2),
    })),
  };
}
