/**
 * What the video sections of offers are taken for.
 */
import assert from "node:assert/strict";
import { createNegotiation } from "../../../src/ways/webrtc/sdp/negotiation.ts";
import { answer, AUDIO, bundle, DATA, VIDEO, without } from "./offers.ts";

const directed = (direction: string, section = VIDEO) => [
  ...without(section, "a=sendrecv"),
  `a=${direction}`,
];

/** What each line of an offer is, and how it is answered. */
function linesOf(sdp: string, negotiation = createNegotiation()) {
  const { sections } = answer(sdp, negotiation);
  const directions = sections.filter(({ media }) => media.startsWith("m=video"))
    .map(({ direction }) => direction);
  return { directions, lines: negotiation.video.map(({ source, shows }) => ({ source, shows })) };
}

const CAMERA = { source: "camera", shows: true };
const SCREEN = { source: "screen", shows: false };

Deno.test("of Pipecat's clients the first section is the camera, the second the screen", () => {
  assert.deepEqual(linesOf(bundle(AUDIO, VIDEO, directed("sendonly"), DATA)), {
    directions: ["sendrecv", "recvonly"],
    lines: [CAMERA, SCREEN],
  });
});

Deno.test("a section to be seen in may be another than those that film", () => {
  const offer = bundle(AUDIO, directed("recvonly"), directed("sendonly"), directed("sendonly"));

  assert.deepEqual(linesOf(offer), {
    directions: ["sendonly", "recvonly", "recvonly"],
    lines: [{ source: undefined, shows: true }, { ...CAMERA, shows: false }, SCREEN],
  });
});

Deno.test("a section stays what it was while the client holds it", () => {
  const negotiation = createNegotiation();
  linesOf(bundle(AUDIO, VIDEO, directed("sendonly")), negotiation);

  const held = linesOf(bundle(AUDIO, directed("inactive"), directed("sendonly")), negotiation);
  const again = linesOf(bundle(AUDIO, VIDEO, directed("sendonly")), negotiation);

  assert.deepEqual(held.lines.map(({ source }) => source), ["camera", "screen"]);
  assert.deepEqual(held.directions, ["inactive", "recvonly"]);
  assert.deepEqual(again.lines, [CAMERA, SCREEN]);
});

Deno.test("a third section that films is nobody's, and nothing flows there", () => {
  const film = directed("sendonly");

  assert.deepEqual(linesOf(bundle(AUDIO, film, film, film)).directions, [
    "recvonly",
    "recvonly",
    "inactive",
  ]);
});

Deno.test("VP8 is chosen wherever it stands, and of H.264 the mode that splits large units", () => {
  const codecs = (...lines: string[]) => {
    const types = lines.map((line) => /:(\d+) /.exec(line)?.[1]).filter((_, i) => i % 2 === 0);
    return [
      `m=video 9 UDP/TLS/RTP/SAVPF ${types.join(" ")}`,
      ...without(VIDEO.slice(1), "a=rtpmap", "a=fmtp", "a=rtcp-fb"),
      ...lines,
    ];
  };
  const h264 = (type: number, mode: number) => [
    `a=rtpmap:${type} H264/90000`,
    `a=fmtp:${type} packetization-mode=${mode};profile-level-id=42e01f`,
  ];
  const chosen = (section: string[]) => {
    const negotiation = createNegotiation();
    const { sections } = answer(bundle(AUDIO, section), negotiation);
    const [line] = negotiation.video;
    return { codec: line?.codec, type: line?.payloadType, lines: sections[1]!.lines };
  };

  const both = chosen(codecs(...h264(102, 1), "a=rtpmap:96 VP8/90000", "a=fmtp:96 x=1"));
  const only = chosen(codecs(...h264(103, 0), ...h264(102, 1)));

  assert.deepEqual([both.codec, both.type], ["vp8", 96]);
  assert.deepEqual([only.codec, only.type], ["h264", 102]);
  assert.ok(only.lines.includes("a=fmtp:102 packetization-mode=1;profile-level-id=42e01f"));
  assert.ok(only.lines.includes("a=recvonly"), "a picture of the bot would be VP8");
});

Deno.test("the SSRCs and the name of a section are known by what the offer says", () => {
  const negotiation = createNegotiation();
  const more = ["a=ssrc:11 cname:x", "a=ssrc:11 msid:y", "a=ssrc:12 cname:x", "a=ssrc:what"];

  answer(bundle(AUDIO, [...VIDEO, ...more]), negotiation);

  const [line] = negotiation.video;
  assert.deepEqual([line?.ssrcs, line?.mid, line?.midExtension], [[11, 12], "1", 4]);
});

Deno.test("of simulcast the names of its streams are taken, and nothing else", () => {
  const rid = "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
  const simulcast = [rid, "a=rid:h send", "a=rid:l send", "a=simulcast:send h;l"];

  const { sections: [, with_] } = answer(bundle(AUDIO, [...VIDEO, ...simulcast]));
  const { sections: [, without_] } = answer(bundle(AUDIO, [...VIDEO, rid]));

  assert.ok(with_!.lines.includes(rid));
  assert.ok(!with_!.lines.some((line) => /^a=(rid|simulcast)/.test(line)));
  assert.ok(!without_!.lines.includes(rid));
});

Deno.test("video whose reports have another port stays off", () => {
  assert.deepEqual(linesOf(bundle(AUDIO, without(VIDEO, "a=rtcp-mux"))).directions, ["inactive"]);
});
