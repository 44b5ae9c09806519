/**
 * What answers say, and that they always fit their offers.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { RunnerError } from "../../../src/core/error.ts";
import { createNegotiation } from "../../../src/ways/webrtc/sdp/negotiation.ts";
import { readOffer } from "../../../src/ways/webrtc/sdp/offer.ts";
import {
  answer,
  AUDIO,
  bundle,
  DATA,
  HOST,
  named,
  offer,
  STACK_ANSWER,
  takeApart,
  VIDEO,
  without,
} from "./offers.ts";

const SHARED = [
  "a=ice-ufrag:ours",
  "a=ice-pwd:ours0123456789012345678",
  "a=ice-options:trickle",
  AUDIO.find((line) => line.startsWith("a=fingerprint"))!,
  "a=setup:passive",
];
const CANDIDATES = [
  "a=candidate:7 1 udp 2130706431 192.0.2.9 4000 typ host",
  "a=end-of-candidates",
];

Deno.test("an answer to a browser says all that the browser needs, and its candidates once", () => {
  const negotiation = createNegotiation();
  const { session, sections } = answer(bundle(AUDIO, VIDEO, DATA), negotiation);

  assert.match(session[1]!, /^o=- \d+ 1 IN IP4 0\.0\.0\.0$/);
  assert.deepEqual(session.toSpliced(1, 1), [
    "v=0",
    "s=-",
    "t=0 0",
    "a=group:BUNDLE 0 1 2",
    "a=msid-semantic:WMS *",
  ]);
  assert.deepEqual(sections.map(({ lines }) => lines), [
    [
      "c=IN IP4 0.0.0.0",
      "a=rtcp:9 IN IP4 0.0.0.0",
      "a=rtcp-mux",
      "a=rtpmap:111 opus/48000/2",
      "a=fmtp:111 minptime=10;useinbandfec=1",
      "a=rtpmap:126 telephone-event/8000",
      "a=sendrecv",
      "a=msid:bot bot",
      "a=ssrc:1234 cname:bot",
      "a=mid:0",
      ...SHARED,
      ...CANDIDATES,
    ],
    [
      "c=IN IP4 0.0.0.0",
      "a=rtcp:9 IN IP4 0.0.0.0",
      "a=rtcp-mux",
      "a=rtpmap:96 VP8/90000",
      "a=rtcp-fb:96 nack",
      "a=rtcp-fb:96 nack pli",
      "a=rtcp-fb:96 goog-remb",
      "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
      "a=sendrecv",
      "a=msid:bot bot-video",
      `a=ssrc:${negotiation.videoSource} cname:bot`,
      "a=mid:1",
      ...SHARED,
    ],
    ["c=IN IP4 0.0.0.0", "a=sctp-port:5000", "a=max-message-size:65536", "a=mid:2", ...SHARED],
  ]);
});

Deno.test("an answer to a gateway names nothing that the gateway did not", () => {
  const { session, sections } = answer(offer([], without(AUDIO, "a=rtcp-mux")));
  const lines = [...session, ...sections.flatMap(({ lines }) => lines)];

  assert.deepEqual(lines.filter((line) => /^a=(group|mid|rtcp|rtcp-mux)/.test(line)), []);
  assert.ok(CANDIDATES.every((line) => lines.includes(line)));
});

Deno.test("a client that holds, listens or speaks alone is answered accordingly", () => {
  const directions = {
    sendrecv: "sendrecv",
    sendonly: "recvonly",
    recvonly: "sendonly",
    inactive: "inactive",
  };

  for (const [offered, expected] of Object.entries(directions)) {
    const [audio] = answer(bundle([...without(AUDIO, "a=sendrecv"), `a=${offered}`])).sections;
    const sends = expected.startsWith("send");
    assert.equal(audio?.direction, expected);
    assert.equal(audio.lines.some((line) => line.startsWith("a=ssrc:")), sends, offered);
    assert.ok(audio.media.startsWith("m=audio 9 "), offered);
  }
});

Deno.test("stereo is for clients that ask for it", () => {
  const stereo = AUDIO.map((line) => line.replace("useinbandfec=1", "useinbandfec=1;stereo=1"));

  const [mono] = answer(bundle(AUDIO)).sections;
  const [asked] = answer(bundle(stereo)).sections;

  assert.ok(!mono!.lines.some((line) => line.includes("stereo")));
  assert.ok(asked!.lines.includes("a=fmtp:111 minptime=10;useinbandfec=1;stereo=1"));
});

Deno.test("every answer of a call has a higher version than the one before", () => {
  const negotiation = createNegotiation();

  const origins = [1, 2, 3].map(() => answer(bundle(AUDIO), negotiation).session[1]!.split(" "));

  assert.deepEqual(origins.map(([, , version]) => version), ["1", "2", "3"]);
  assert.equal(new Set(origins.map(([, id]) => id)).size, 1);
});

/** All lines that offers are made of here, and some that are in none. */
const LINES = fc.constantFrom(
  ...new Set([
    ...AUDIO,
    ...VIDEO,
    ...DATA,
    HOST,
    "v=0",
    "m=audio 0 UDP/TLS/RTP/SAVPF 0",
    "m=audio 9 RTP/AVP 8 999 x",
    "m=text 9 RTP/AVP 98",
    "m=application 9 DTLS/SCTP 5000",
    "a=sctpmap:5000 webrtc-datachannel 16",
    "a=sctp-port:0",
    "a=bundle-only",
    "a=group:BUNDLE 0 1 2",
    "a=group:BUNDLE",
    "a=mid:0",
    "a=mid:1",
    "a=mid:",
    "a=mid",
    "a=recvonly",
    "a=inactive",
    "a=rtpmap:",
    "a=rtpmap:0 opus",
    "a=fmtp",
    "a=setup:passive",
    "a=candidate",
  ]),
);

/** Any order of sensible lines, and any text among them. */
const JUMBLE = fc.array(fc.oneof({ weight: 9, arbitrary: LINES }, fc.string({ unit: "binary" })), {
  maxLength: 60,
}).map((lines) => ["v=0", ...lines].join("\r\n"));

/** A sound offer with some of its lines left out, doubled or moved. */
const MUTATED = fc.tuple(
  fc.constantFrom(bundle(AUDIO, VIDEO, DATA), bundle(AUDIO), offer([], AUDIO, named("x", DATA))),
  fc.array(fc.tuple(fc.nat(80), fc.nat(80), fc.constantFrom("drop", "double", "move"))),
).map(([sdp, changes]) => {
  const lines = sdp.split("\r\n");
  for (const [from, to, change] of changes) {
    const [line] = change === "double" ? lines.slice(from, from + 1) : lines.splice(from, 1);
    if (change !== "drop" && line !== undefined) lines.splice(to, 0, line);
  }
  return lines.join("\r\n");
});

Deno.test("any offer is answered section by section, or refused with a sentence", () => {
  let answers = 0;

  fc.assert(
    fc.property(fc.oneof(MUTATED, JUMBLE), (sdp) => {
      try {
        readOffer(sdp);
      } catch (error) {
        assert.ok(error instanceof RunnerError && error.code === "invalid_offer", `${error}`);
        return;
      }
      answers++;
      const { session, sections } = answer(sdp);
      const offered = sdp.split(/[\r\n]+/).map((line) => line.trim())
        .filter((line) => /^m=/i.test(line)).map((line) => line.slice(2).split(/\s+/));
      assert.deepEqual(
        sections.map(({ media }) => media.slice(2).split(" ").filter((_, i) => i === 0 || i === 2)),
        offered.map(([kind, , protocol]) => [kind, protocol]),
      );
      const taken = sections.filter(({ media }) => /^m=\S+ 9 /.test(media));
      const refused = sections.filter(({ media }) => /^m=\S+ 0 /.test(media));
      assert.equal(taken.length + refused.length, sections.length);
      const mids = ({ lines }: (typeof sections)[number]) =>
        lines.filter((line) => line.startsWith("a=mid:")).map((line) => line.slice(6));
      const group = session.find((line) => line.startsWith("a=group:"))?.split(" ").slice(1);
      if (group) assert.deepEqual(taken.flatMap(mids).sort(), [...group].sort());
      else assert.ok(taken.length <= 1, "without a bundle there is one transport for one section");
      for (const { media, lines } of taken) {
        assert.ok(SHARED.every((line) => lines.includes(line)));
        const formats = media.split(" ").slice(3);
        if (!media.startsWith("m=app")) {
          assert.ok(
            formats.every((format) => lines.some((l) => l.startsWith(`a=rtpmap:${format} `))),
          );
        }
      }
      const candidates = sections.flatMap(({ lines }) =>
        lines.filter((l) => CANDIDATES.includes(l))
      );
      assert.equal(candidates.length, taken.length > 0 ? CANDIDATES.length : 0);
    }),
    { numRuns: 2000 },
  );

  assert.ok(answers > 200, `only ${answers} of 2000 offers were answered`);
});

Deno.test("an answer never says a line of the offer's own making", () => {
  const evil = "evil\u2028x";
  const sdp = bundle(AUDIO.map((line) => line.replace("a=ice-ufrag:abcd", `a=ice-ufrag:${evil}`)))
    .replace("a=fmtp:111 ", `a=fmtp:111 ${evil};`);

  assert.throws(() => readOffer(sdp), /ice-ufrag/);
  const { sections } = takeApart(
    createNegotiation().answer(readOffer(sdp.replace(evil, "abcd")), STACK_ANSWER, 1),
  );
  assert.ok(sections.every(({ lines }) => !lines.some((line) => line.includes("evil"))));
});

Deno.test("the largest offers are read in a time that grows with their length alone", () => {
  const filler = (lines: number) =>
    Array.from(
      { length: lines },
      (_, i) => `a=rtpmap:${i % 100} x/8000\r\na=fmtp:${i} y\r\na=x:${i}`,
    );
  const time = (lines: number) => {
    const sdp = bundle([...AUDIO, ...filler(lines)]);
    const start = performance.now();
    for (let i = 0; i < 20; i++) readOffer(sdp);
    return performance.now() - start;
  };
  time(1000);

  const [small, large] = [150, 1500].map((lines) =>
    Math.min(time(lines), time(lines), time(lines))
  );

  assert.ok(large! < 40 * Math.max(small!, 1), `${large} ms for ten times what took ${small} ms`);
});

/** The audio section of the answer to Chromium's formats, in an order of its own. */
function withRedundancy(formats: string, parameters = "111/111") {
  const audio = [
    `m=audio 9 UDP/TLS/RTP/SAVPF ${formats}`,
    ...AUDIO.slice(1),
    "a=rtpmap:63 red/48000/2",
    `a=fmtp:63 ${parameters}`,
  ];
  const { media, lines } = answer(bundle(audio)).sections[0]!;
  return { lines, formats: media.split(" ").slice(3) };
}

Deno.test("copies of packets are agreed on where they are offered, in the offer's order", () => {
  const after = withRedundancy("111 63 126");
  const before = withRedundancy("63 111 126");

  assert.match(after.lines.join("\n"), /a=rtpmap:63 red\/48000\/2\na=fmtp:63 111\/111/);
  assert.deepEqual([after, before].map(({ formats }) => formats), [
    ["111", "63", "126"],
    ["63", "111", "126"],
  ]);
});

Deno.test("copies of another codec than the call's are not agreed on", () => {
  assert.deepEqual(withRedundancy("111 63 126", "0/0").formats, ["111", "126"]);
  assert.deepEqual(withRedundancy("111 63 126", "111").formats, ["111", "126"]);
});
