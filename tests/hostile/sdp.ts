/**
 * SDP offers: one as Chromium makes it, and what can be made of it by somebody who means harm.
 */
import fc from "fast-check";
import { mutated } from "./values.ts";

const FINGERPRINT = Array.from(
  { length: 32 },
  (_, i) => (i * 7 % 256).toString(16).padStart(2, "0"),
)
  .join(":").toUpperCase();

const media = (kind: string, mid: number) => [
  kind === "application"
    ? "m=application 9 UDP/DTLS/SCTP webrtc-datachannel"
    : `m=${kind} 9 UDP/TLS/RTP/SAVPF ${kind === "audio" ? "111 63 9 0 8 13 110 126" : "96 97 102"}`,
  "c=IN IP4 0.0.0.0",
  "a=ice-ufrag:kT0X",
  "a=ice-pwd:cEQ6nfJTuYUbUBnGQsIYsIkN",
  "a=ice-options:trickle",
  `a=fingerprint:sha-256 ${FINGERPRINT}`,
  "a=setup:actpass",
  `a=mid:${mid}`,
];

/** An offer of audio, video and a data channel. */
export const OFFER: string = [
  "v=0",
  "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
  "s=-",
  "t=0 0",
  "a=group:BUNDLE 0 1 2",
  "a=extmap-allow-mixed",
  "a=msid-semantic: WMS 5b1e",
  ...media("audio", 0),
  "a=candidate:1 1 udp 2113937151 127.0.0.1 54400 typ host generation 0 network-cost 999",
  "a=candidate:2 1 udp 1677729535 203.0.113.7 54401 typ srflx raddr 0.0.0.0 rport 0",
  "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
  "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
  "a=sendrecv",
  "a=msid:5b1e 9f0c",
  "a=rtcp:9 IN IP4 0.0.0.0",
  "a=rtcp-mux",
  "a=rtpmap:111 opus/48000/2",
  "a=rtcp-fb:111 transport-cc",
  "a=fmtp:111 minptime=10;useinbandfec=1",
  "a=rtpmap:63 red/48000/2",
  "a=fmtp:63 111/111",
  "a=rtpmap:110 telephone-event/48000",
  "a=rtpmap:126 telephone-event/8000",
  "a=ssrc:3735928559 cname:4TOk42mSjXCkVIa6",
  ...media("video", 1),
  "a=sendrecv",
  "a=rtcp-mux",
  "a=extmap:13 urn:3gpp:video-orientation",
  "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
  "a=rtpmap:96 VP8/90000",
  "a=rtcp-fb:96 goog-remb",
  "a=rtcp-fb:96 nack pli",
  "a=rtpmap:97 rtx/90000",
  "a=fmtp:97 apt=96",
  "a=rtpmap:102 H264/90000",
  "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f",
  "a=ssrc-group:FID 11 12",
  "a=ssrc:11 cname:4TOk42mSjXCkVIa6",
  "a=ssrc:12 cname:4TOk42mSjXCkVIa6",
  ...media("application", 2),
  "a=sctp-port:5000",
  "a=max-message-size:262144",
  "",
].join("\r\n");

/** Lines that stand where another should. */
export const ODD_LINES: readonly string[] = [
  "m=audio 0 UDP/TLS/RTP/SAVPF",
  "m=audio 99999999999 RTP/AVP 111",
  "m=audio -1 UDP/TLS/RTP/SAVPF 111",
  "m=audio",
  "m=",
  "m=image 9 udptl t38",
  "c=IN IP6 ::",
  "a=ice-ufrag:",
  "a=ice-pwd:",
  `a=ice-ufrag:${"u".repeat(5000)}`,
  "a=ice-pwd:\u0000\u0001",
  "a=fingerprint:",
  "a=fingerprint:sha-256",
  "a=fingerprint:md5 00",
  "a=fingerprint:sha-256 ZZ:ZZ",
  "a=setup:",
  "a=setup:holdconn",
  "a=setup:passive",
  "a=setup:active",
  "a=setup:actpass\r\na=setup:passive",
  "a=mid:",
  "a=mid:0",
  "a=mid:__proto__",
  "a=group:BUNDLE",
  "a=group:BUNDLE 0 0 0 9",
  "a=group:LS 0 1",
  "a=rtpmap:111",
  "a=rtpmap:111 opus",
  "a=rtpmap:111 opus/0/0",
  "a=rtpmap:111 opus/-48000/99",
  "a=rtpmap:999 opus/48000/2",
  "a=rtpmap:abc opus/48000/2",
  "a=fmtp:",
  "a=fmtp:111 " + "x=1;".repeat(2000),
  "a=fmtp:97 apt=97",
  "a=fmtp:97 apt=__proto__",
  "a=rtcp-fb:* nack",
  "a=extmap:",
  "a=extmap:99999 urn:x",
  "a=extmap:0 " + "u".repeat(3000),
  "a=ssrc:",
  "a=ssrc:0",
  "a=ssrc:99999999999 cname:x",
  "a=ssrc:4294967296 cname:x",
  "a=extmap:15 urn:ietf:params:rtp-hdrext:sdes:mid",
  "a=extmap:4/sendonly urn:ietf:params:rtp-hdrext:sdes:mid x",
  "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 100",
  "a=rtpmap:96 VP8/1",
  "a=rtpmap:96 AV1/90000",
  "a=ssrc-group:FID",
  "a=ssrc-group:FID 1",
  "a=ssrc-group:SIM 1 2 3",
  "a=simulcast:send 1;2;3 recv 4",
  "a=rid:1 send pt=96;max-width=-1",
  "a=rid:",
  "a=sctp-port:0",
  "a=sctp-port:x",
  "a=sctp-port:99999",
  "a=sctpmap:5000 webrtc-datachannel 1024",
  "a=max-message-size:0",
  "a=max-message-size:-1",
  "a=max-message-size:x",
  "a=max-message-size:1e99",
  "a=candidate:1 1 udp 1 255.255.255.255 9 typ host",
  "a=candidate:1 1 udp 1 0.0.0.0 9 typ host",
  "a=candidate:1 1 udp 1 999.999.1.1 9 typ host",
  "a=candidate:1 1 udp 1 224.0.0.1 5353 typ host",
  "a=candidate:1 1 udp 1 127.0.0.1 65535 typ relay raddr 0 rport -1",
  "a=candidate:1 1 udp 1 ::1 9 typ host",
  "a=candidate:1 1 udp 1 ::ffff:127.0.0.1 9 typ host",
  "a=candidate:1 1 udp 1 fe80::1%lo 9 typ host",
  "a=candidate:1 1 udp 1 :::::::: 9 typ host",
  "a=candidate:1 1 udp -99999999999999999 127.0.0.1 9 typ host",
  "a=candidate:1 1 udp x 127.0.0.1 9.5 typ host",
  "a=candidate:",
  "a=candidate:1 1 tcp 1 127.0.0.1 9 typ host tcptype active",
  "a=candidate:1 1 udp 1 attacker.local 9 typ host",
  "a=ice-lite",
  "a=ice-options:ice2 renomination",
  "a=end-of-candidates",
  "a=inactive",
  "a=sendonly",
  "a=rtcp:",
  "a=rtcp:x",
  "a=identity:x",
  "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x",
  "b=AS:-1",
  "k=prompt",
  "x",
  "=",
  "",
  "\u0000",
];

const swapped = fc.array(fc.tuple(fc.nat(200), fc.constantFrom(...ODD_LINES)), {
  minLength: 1,
  maxLength: 6,
}).map((swaps) => {
  const lines = OFFER.split("\r\n");
  for (const [at, line] of swaps) lines[at % lines.length] = line;
  return lines.join("\r\n");
});

const added = fc.array(fc.tuple(fc.nat(200), fc.constantFrom(...ODD_LINES)), {
  minLength: 1,
  maxLength: 6,
}).map((additions) => {
  const lines = OFFER.split("\r\n");
  for (const [at, line] of additions) lines.splice(1 + at % lines.length, 0, line);
  return lines.join("\r\n");
});

const sections = OFFER.split(/(?=^m=)/m);
const rearranged = fc.array(fc.nat(sections.length - 1), { minLength: 1, maxLength: 12 }).map((
  order,
) => [sections[0], ...order.map((index) => sections[index])].join(""));

const lineEndings = fc.constantFrom("\n", "\r", "\r\n\r\n", "\u2028").map((end) =>
  OFFER.replaceAll("\r\n", end)
);

const flooded = fc.constantFrom(
  OFFER + "a=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n".repeat(3000),
  sections[0] + (sections[1] ?? "").repeat(60),
  OFFER + "a=ssrc:1 cname:x\r\n".repeat(5000),
  OFFER + "a=rtpmap:111 opus/48000/2\r\n".repeat(4000),
);

/** Offers that are wrong, odd, or meant to harm. */
export const hostileOffer: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: swapped },
  { weight: 8, arbitrary: added },
  { weight: 6, arbitrary: mutated(fc.constant(OFFER)) },
  { weight: 3, arbitrary: rearranged },
  { weight: 2, arbitrary: lineEndings },
  { weight: 1, arbitrary: flooded },
  { weight: 1, arbitrary: fc.constant(OFFER) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 200 }) },
);
