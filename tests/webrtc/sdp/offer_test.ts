/**
 * What is made of offers that RFCs allow, and of those that they do not.
 */
import assert from "node:assert/strict";
import { RunnerError } from "../../../src/core/error.ts";
import { isTransportNew, readOffer } from "../../../src/ways/webrtc/sdp/offer.ts";
import {
  answer,
  AUDIO,
  bundle,
  DATA,
  HOST,
  named,
  offer,
  TRANSPORT,
  VIDEO,
  without,
} from "./offers.ts";

/** The `m=` lines of an answer, with what it says about direction. */
function answered(sdp: string): string[] {
  return answer(sdp).sections.map(({ media, direction }) => `${media} ${direction ?? "-"}`);
}

const OPUS = "m=audio 9 UDP/TLS/RTP/SAVPF 111 126 sendrecv";
const CHANNELS = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel -";
const opusOnly = (...lines: string[]) => [
  "m=audio 9 UDP/TLS/RTP/SAVPF 111",
  ...TRANSPORT,
  "a=sendrecv",
  ...lines,
];
const sessionWide = ["a=ice-ufrag", "a=ice-pwd", "a=fingerprint", "a=setup"];

const TAKEN: Record<string, readonly [sdp: string, ...sections: string[]]> = {
  "audio and data of a browser": [bundle(AUDIO, DATA), OPUS, CHANNELS],
  "audio, video and data of a browser": [
    bundle(AUDIO, VIDEO, DATA),
    OPUS,
    "m=video 9 UDP/TLS/RTP/SAVPF 96 sendrecv",
    CHANNELS,
  ],
  "data alone": [bundle(DATA), CHANNELS],
  "a=rtcp with a port alone (RFC 3605)": [bundle([...AUDIO, "a=rtcp:36273"]), OPUS],
  "a=fmtp of a codec without a=rtpmap": [bundle([...AUDIO, "a=fmtp:18 annexb=no"]), OPUS],
  "no direction, which means sendrecv (RFC 8866)": [bundle(without(AUDIO, "a=sendrecv")), OPUS],
  "a direction for the session": [
    offer(["a=sendonly"], without(AUDIO, "a=sendrecv")),
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 126 recvonly",
  ],
  "a direction that overrules the session's": [offer(["a=inactive"], AUDIO), OPUS],
  "no a=mid and no bundle": [offer([], AUDIO), OPUS],
  "a bundle that names sections that are not there": [
    offer(["a=group:BUNDLE 7 0 nobody 0"], named("0", AUDIO)),
    OPUS,
  ],
  "sections for a bundle only (RFC 9143)": [
    bundle(AUDIO, [
      "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
      ...DATA.slice(1),
      "a=bundle-only",
    ]),
    OPUS,
    CHANNELS,
  ],
  "a section for a bundle only that has its transport from the others": [
    bundle(AUDIO, [
      "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
      "a=bundle-only",
      "a=sctp-port:5000",
    ]),
    OPUS,
    CHANNELS,
  ],
  "a section for a bundle only, outside of any": [
    offer([], AUDIO, [
      "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
      ...DATA.slice(1),
      "a=bundle-only",
    ]),
    OPUS,
    "m=application 0 UDP/DTLS/SCTP webrtc-datachannel inactive",
  ],
  "text, images, messages and what nobody knows": [
    offer(
      ["a=group:BUNDLE 1"],
      ["m=text 9 RTP/AVP 98", "a=rtpmap:98 t140/1000", "a=mid:9"],
      named("1", AUDIO),
      ["m=image 7000 udptl t38"],
      ["m=message 2855/2 TCP/TLS/MSRP *"],
      ["m=application 9 UDP/BFCP *"],
      ["m=x-novel 9 whatever 1"],
    ),
    "m=text 0 RTP/AVP 98 inactive",
    OPUS,
    "m=image 0 udptl t38 inactive",
    "m=message 0 TCP/TLS/MSRP * inactive",
    "m=application 0 UDP/BFCP * inactive",
    "m=x-novel 0 whatever 1 inactive",
  ],
  "a first section that is stopped": [
    offer(
      ["a=group:BUNDLE 1 2"],
      ["m=audio 0 UDP/TLS/RTP/SAVPF 111", "a=mid:0"],
      named("1", AUDIO),
      named("2", DATA),
    ),
    "m=audio 0 UDP/TLS/RTP/SAVPF 111 inactive",
    OPUS,
    CHANNELS,
  ],
  "audio that is stopped, beside data": [
    offer(["a=group:BUNDLE 1"], ["m=audio 0 UDP/TLS/RTP/SAVPF 111", "a=mid:0"], named("1", DATA)),
    "m=audio 0 UDP/TLS/RTP/SAVPF 111 inactive",
    CHANNELS,
  ],
  "no a=setup": [bundle(without(AUDIO, "a=setup")), OPUS],
  "a transport for the whole session": [
    offer(
      TRANSPORT.filter((line) => sessionWide.some((start) => line.startsWith(start))),
      without(AUDIO, ...sessionWide),
    ),
    OPUS,
  ],
  "a fingerprint for the session, the rest in the section": [
    offer(
      TRANSPORT.filter((line) => line.startsWith("a=fingerprint")),
      without(AUDIO, "a=fingerprint"),
    ),
    OPUS,
  ],
  "line feeds alone": [bundle(AUDIO, DATA).replaceAll("\r\n", "\n"), OPUS, CHANNELS],
  "carriage returns alone": [bundle(AUDIO, DATA).replaceAll("\r\n", "\r"), OPUS, CHANNELS],
  "blank lines and spaces around": [
    `\r\n ${bundle(AUDIO).replaceAll("\r\n", " \r\n\r\n\t")}\r\n\r\n`,
    OPUS,
  ],
  "names of attributes and codecs in capitals": [
    bundle(
      AUDIO.map((line) =>
        line.replace(/^a=[a-z-]+/, (name) => `a=${name.slice(2).toUpperCase()}`).replace(
          "opus",
          "OPUS",
        )
      ),
    )
      .replace("a=group:BUNDLE", "a=GROUP:bundle"),
    OPUS,
  ],
  "the profiles that browsers must take (RFC 8829)": [
    bundle(["m=audio 9 UDP/TLS/RTP/SAVP 111", ...AUDIO.slice(1)]),
    "m=audio 9 UDP/TLS/RTP/SAVP 111 sendrecv",
  ],
  "an old profile": [
    bundle(["m=audio 9 RTP/SAVPF 111", ...AUDIO.slice(1)]),
    "m=audio 9 RTP/SAVPF 111 sendrecv",
  ],
  "data channels as before RFC 8841": [
    bundle(AUDIO, [
      "m=application 9 DTLS/SCTP 5001",
      ...DATA.slice(1, 5),
      "a=sctpmap:5001 webrtc-datachannel 256",
    ]),
    OPUS,
    "m=application 9 DTLS/SCTP 5000 -",
  ],
  "data channels without a port": [bundle(AUDIO, without(DATA, "a=sctp-port")), OPUS, CHANNELS],
  "Opus among others, the last one": [
    bundle([
      "m=audio 9 UDP/TLS/RTP/SAVPF 9 0 8 126 111",
      ...AUDIO.slice(1),
      "a=rtpmap:9 G722/8000",
    ]),
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 126 sendrecv",
  ],
  "the right one of several that are called Opus (RFC 7587)": [
    bundle([
      "m=audio 9 UDP/TLS/RTP/SAVPF 109 110 111 112",
      ...TRANSPORT,
      "a=rtpmap:109 OPUS/16000",
      "a=rtpmap:110 opus/48000",
      "a=rtpmap:111 opus/48000/2",
      "a=rtpmap:112 opus/48000/2",
    ]),
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 sendrecv",
  ],
  "Opus with one channel": [
    bundle(opusOnly("a=rtpmap:111 opus/48000/1")),
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 sendrecv",
  ],
  "Opus without channels": [
    bundle(opusOnly("a=rtpmap:111 opus/48000")),
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 sendrecv",
  ],
  "Opus at another rate": [
    bundle(opusOnly("a=rtpmap:111 opus/16000/1")),
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 sendrecv",
  ],
  "G.711 alone, the law that is first": [
    bundle([
      "m=audio 9 UDP/TLS/RTP/SAVPF 9 8 0 101 102",
      ...TRANSPORT,
      "a=rtpmap:9 G722/8000",
      "a=rtpmap:8 PCMA/8000",
      "a=rtpmap:0 PCMU/8000",
      "a=rtpmap:101 telephone-event/48000",
      "a=rtpmap:102 telephone-event/8000/1",
    ]),
    "m=audio 9 UDP/TLS/RTP/SAVPF 8 102 sendrecv",
  ],
  "G.711 by its static numbers (RFC 3551)": [
    bundle(["m=audio 9 UDP/TLS/RTP/SAVPF 18 0 8", ...TRANSPORT]),
    "m=audio 9 UDP/TLS/RTP/SAVPF 0 sendrecv",
  ],
  "static numbers that stand for something else": [
    bundle([
      "m=audio 9 UDP/TLS/RTP/SAVPF 0 8 96",
      ...TRANSPORT,
      "a=rtpmap:0 G729/8000",
      "a=rtpmap:8 PCMA/16000",
      "a=rtpmap:96 PCMU/8000/1",
    ]),
    "m=audio 9 UDP/TLS/RTP/SAVPF 96 sendrecv",
  ],
  "audio that cannot be used before audio that can": [
    bundle(["m=audio 9 UDP/TLS/RTP/SAVPF 9", ...TRANSPORT, "a=rtpmap:9 G722/8000"], AUDIO),
    "m=audio 0 UDP/TLS/RTP/SAVPF 9 inactive",
    OPUS,
  ],
  "a second audio section": [
    bundle(AUDIO, AUDIO),
    OPUS,
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 inactive",
  ],
  "one section to speak and another to hear": [
    bundle([
      "m=audio 9 UDP/TLS/RTP/SAVPF 111",
      ...TRANSPORT,
      "a=sendonly",
      "a=rtpmap:111 opus/48000/2",
    ], [
      "m=audio 9 UDP/TLS/RTP/SAVPF 111",
      ...TRANSPORT,
      "a=recvonly",
      "a=rtpmap:111 opus/48000/2",
    ]),
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 recvonly",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 sendonly",
  ],
  "video that nobody here knows": [
    bundle(AUDIO, ["m=video 9 UDP/TLS/RTP/SAVPF 100", ...TRANSPORT, "a=rtpmap:100 H265/90000"]),
    OPUS,
    "m=video 0 UDP/TLS/RTP/SAVPF 100 inactive",
  ],
  "sections without a bundle: there is one transport, and audio has it (RFC 9143)": [
    offer([], named("0", DATA), named("1", VIDEO), named("2", AUDIO)),
    "m=application 0 UDP/DTLS/SCTP webrtc-datachannel inactive",
    "m=video 0 UDP/TLS/RTP/SAVPF 96 inactive",
    OPUS,
  ],
  "two bundles": [
    offer(
      ["a=group:BUNDLE 0 1", "a=group:BUNDLE 2"],
      named("0", VIDEO),
      named("1", DATA),
      named("2", AUDIO),
    ),
    "m=video 0 UDP/TLS/RTP/SAVPF 96 inactive",
    "m=application 0 UDP/DTLS/SCTP webrtc-datachannel inactive",
    OPUS,
  ],
  "two sections of one name": [
    offer(["a=group:BUNDLE 0"], named("0", AUDIO), named("0", DATA)),
    OPUS,
    "m=application 0 UDP/DTLS/SCTP webrtc-datachannel inactive",
  ],
  "audio with keys of SDES alone, before audio with DTLS": [
    offer([], ["m=audio 9 RTP/SAVP 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x"], AUDIO),
    "m=audio 0 RTP/SAVP 0 inactive",
    OPUS,
  ],
  "things that say nothing to us": [
    bundle([
      ...AUDIO,
      "a=extmap:1/recvonly urn:x",
      "a=extmap:",
      "a=ssrc:12345 cname",
      "a=ssrc-group:FID",
      "a=ptime:20",
      "a=maxptime:",
      "a=rtcp-fb:* ccm fir",
      "a=ice-options:trickle ice2",
      "a=msid",
      "b=AS:64",
      "k=clear:x",
      "i=audio",
      "a",
      "a=",
      "x=y",
      "nonsense",
    ]),
    OPUS,
  ],
};

for (const [what, [sdp, ...sections]] of Object.entries(TAKEN)) {
  Deno.test(`taken: ${what}`, () => assert.deepEqual(answered(sdp), sections));
}

const REFUSED: Record<string, readonly [sdp: string, detail: RegExp]> = {
  "nothing": ["", /not an offer/],
  "no SDP": ["hello", /not an offer/],
  "a JSON object": ["{}", /not an offer/],
  "no media": ["v=0\r\ns=-\r\n", /not an offer/],
  "bytes": ["\0\0", /not an offer/],
  "an m= line cut short": [offer([], ["m=audio"]), /m= line/],
  "a port that is none": [offer([], ["m=audio 99999 UDP/TLS/RTP/SAVPF 111"]), /m= line/],
  "no codec in common": [
    bundle(["m=audio 9 UDP/TLS/RTP/SAVPF 9", ...TRANSPORT, "a=rtpmap:9 G722/8000"], DATA),
    /offer Opus, PCMU or PCMA/,
  ],
  "no user name of ICE": [bundle(without(AUDIO, "a=ice-ufrag")), /a=ice-ufrag/],
  "no password of ICE": [bundle(without(AUDIO, "a=ice-pwd")), /a=ice-pwd/],
  "no fingerprint": [bundle(without(AUDIO, "a=fingerprint")), /a=fingerprint/],
  "a fingerprint of unknown kind": [
    bundle([...without(AUDIO, "a=fingerprint"), "a=fingerprint:md5 00:11"]),
    /a=fingerprint/,
  ],
  "nothing to talk over": [offer([], ["m=text 9 RTP/AVP 98"]), /neither audio nor a data channel/],
  "nine sections": [bundle(...Array(9).fill(VIDEO)), /9 media sections; offer at most 8/],
  "hundreds of sections": [offer([], ...Array(100).fill(AUDIO)), /at most 64/],
  "an SDP of 300 000 characters": [`${bundle(AUDIO)}a=x:${"y".repeat(300_000)}`, /too long/],
  "an SDP of 40 000 lines": [`${bundle(AUDIO)}${"a=x\r\n".repeat(20_000)}`, /too many lines/],
};

for (const [what, [sdp, detail]] of Object.entries(REFUSED)) {
  Deno.test(`refused with a sentence that helps: ${what}`, () => {
    assert.throws(() => readOffer(sdp), (error: unknown) => {
      assert.ok(error instanceof RunnerError);
      assert.deepEqual([error.code, error.status], ["invalid_offer", 400]);
      assert.match(error.message, detail);
      assert.match(error.message, /send|offer/);
      return true;
    });
  });
}

Deno.test("eight sections are taken, however many were stopped before", () => {
  const stopped = Array(40).fill(["m=video 0 UDP/TLS/RTP/SAVPF 96"]);

  const { sections } = readOffer(offer([], ...stopped, AUDIO, ...Array(7).fill(VIDEO)));

  assert.equal(sections.length, 48);
});

Deno.test("an offer that stops everything has no transport and is answered all the same", () => {
  const sdp = offer([], ["m=audio 0 UDP/TLS/RTP/SAVPF 111", "a=mid:0"]);

  assert.equal(readOffer(sdp).transport, undefined);
  assert.deepEqual(answered(sdp), ["m=audio 0 UDP/TLS/RTP/SAVPF 111 inactive"]);
});

Deno.test("what is agreed about audio is what the client can do", () => {
  const stereo = AUDIO.map((line) => line.replace("useinbandfec=1", "useinbandfec=1; Stereo=1"));
  const { audio } = readOffer(bundle(stereo));

  assert.equal(audio?.codec, "opus");
  assert.equal(audio.format.payloadType, 111);
  assert.deepEqual(audio.keys.map(({ payloadType }) => payloadType), [126]);
  assert.deepEqual([audio.isHeard, audio.hasReports], [true, true]);
  const silent = readOffer(bundle(without(AUDIO, "a=sendrecv", "a=rtcp-mux").concat("a=sendonly")));
  assert.deepEqual([silent.audio?.isHeard, silent.audio?.hasReports], [false, false]);
});

Deno.test("the transport is that of the section which the bundle names first", () => {
  const other = (section: readonly string[], name: string) =>
    section.map((line) => line.replace("abcd", name).replace("actpass", "passive"));
  const sdp = offer(
    ["a=group:BUNDLE c b a"],
    named("a", other(AUDIO, "aaaa"), HOST),
    named("b", other(DATA, "bbbb"), HOST.replace("54321", "5000")),
    named("c", [
      "m=video 0 UDP/TLS/RTP/SAVPF 96",
      "a=bundle-only",
      ...other(VIDEO.slice(1), "cccc"),
    ]),
  );

  const { transport, bundle: mids } = readOffer(sdp);

  assert.equal(transport?.fragment, "bbbb");
  assert.equal(transport.passive, true);
  assert.deepEqual(transport.candidates.map(({ port }) => port), [5000]);
  assert.deepEqual(mids, ["b", "c", "a"]);
});

Deno.test("candidates are found where a bundle has them, and their number is bounded", () => {
  const many = Array.from({ length: 1000 }, (_, i) => HOST.replace("54321", `${1000 + i}`));

  assert.equal(readOffer(bundle(AUDIO, [...DATA, HOST])).transport?.candidates.length, 1);
  assert.equal(readOffer(bundle([...AUDIO, ...many])).transport?.candidates.length, 40);
});

Deno.test("fingerprints of known kinds are kept, in whatever case they come", () => {
  const digest = Array(20).fill("ab").join(":");
  const [own] = AUDIO.filter((line) => line.startsWith("a=fingerprint"));
  const sdp = bundle([
    ...without(AUDIO, "a=fingerprint"),
    `a=fingerprint:SHA-1 ${digest}`,
    own!.replace("sha-256", "SHA-256").toLowerCase(),
    "a=fingerprint:md5 00:11",
    "a=fingerprint:sha-256 nonsense",
    "a=fingerprint:",
  ]);

  assert.deepEqual(readOffer(sdp).transport?.fingerprints, [
    `sha-1 ${digest.toUpperCase()}`,
    own!.slice("a=fingerprint:".length),
  ]);
});

Deno.test("a transport is new when its section has stopped, or with another certificate", () => {
  const [audio, data] = [named("a", AUDIO), named("d", DATA)];
  const video = named("v", VIDEO);
  const first = readOffer(offer(["a=group:BUNDLE a d"], audio, data));
  const stopped = readOffer(
    offer(["a=group:BUNDLE d"], ["m=audio 0 UDP/TLS/RTP/SAVPF 111", "a=mid:a"], data),
  );
  const more = readOffer(offer(["a=group:BUNDLE a d v"], audio, data, video));
  const digest = /(?<=a=fingerprint:sha-256 )../g;
  const other = readOffer(offer(["a=group:BUNDLE a d"], audio, data).replace(digest, "5F"));

  assert.equal(isTransportNew(stopped, first), true);
  assert.equal(isTransportNew(first, stopped), true);
  assert.equal(isTransportNew(other, first), true);
  assert.equal(isTransportNew(more, first), false);
  assert.equal(isTransportNew(first, first), false);
});
