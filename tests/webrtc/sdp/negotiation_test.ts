import assert from "node:assert/strict";
import { createNegotiation, type Negotiation } from "../../../src/ways/webrtc/sdp/negotiation.ts";
import { readOffer } from "../../../src/ways/webrtc/sdp/offer.ts";
import { AUDIO, bundle, DATA, HOST, named, offer, STACK_ANSWER, VIDEO } from "./offers.ts";

/** Lets an offer be answered; returns what the stack saw. */
function negotiate(negotiation: Negotiation, sdp: string): string {
  const read = readOffer(sdp);
  const seen = read.transport ? negotiation.offer(read, read.transport) : "";
  negotiation.answer(read, STACK_ANSWER, 1);
  return seen;
}

const candidate = (port: number) => HOST.slice(2).replace("54321", `${port}`);
const count = (sdp: string, what: RegExp) => [...sdp.matchAll(what)].length;

Deno.test("the stack sees two sections, however many a client offers and stops", () => {
  const negotiation = createNegotiation();
  const stopped: string[][] = [];

  for (let round = 0; round < 40; round++) {
    const seen = negotiate(
      negotiation,
      offer(
        ["a=group:BUNDLE a v d"],
        ...stopped,
        named("a", AUDIO),
        named("v", VIDEO),
        named("d", DATA),
      ),
    );
    stopped.push(["m=video 0 UDP/TLS/RTP/SAVPF 96", `a=mid:${round}`]);

    assert.equal(count(seen, /^m=/gm), 2);
  }
});

Deno.test("what the stack holds for the call stays when the client stops its audio", () => {
  const negotiation = createNegotiation();
  const withoutAudio = offer(
    ["a=group:BUNDLE 1"],
    ["m=audio 0 UDP/TLS/RTP/SAVPF 111", "a=mid:0"],
    named("1", DATA),
  );

  const before = negotiate(negotiation, bundle(AUDIO, DATA));
  const after = negotiate(negotiation, withoutAudio);

  assert.equal(after, before);
});

Deno.test("data channels that come later are told to the stack, and stay", () => {
  const negotiation = createNegotiation();

  assert.equal(count(negotiate(negotiation, bundle(AUDIO)), /^m=application/gm), 0);
  assert.equal(negotiation.dataPort, undefined);
  assert.equal(count(negotiate(negotiation, bundle(AUDIO, DATA)), /^m=application/gm), 1);
  assert.equal(count(negotiate(negotiation, bundle(AUDIO)), /^m=application/gm), 1);
  assert.equal(negotiation.dataPort, 5000);
});

Deno.test("the stack is told of each candidate once, and of so many in all", () => {
  const negotiation = createNegotiation();
  const section = { sdpMid: "0" };

  assert.equal(negotiation.candidate({ candidate: candidate(1), ...section }), undefined);
  assert.equal(count(negotiate(negotiation, bundle([...AUDIO, HOST, HOST])), /a=candidate/g), 1);
  assert.equal(count(negotiate(negotiation, bundle([...AUDIO, HOST])), /a=candidate/g), 0);
  assert.equal(negotiation.candidate({ candidate: HOST.slice(2), ...section }), undefined);
  const told = Array.from(
    { length: 100 },
    (_, i) => negotiation.candidate({ candidate: candidate(1000 + i), ...section }),
  );
  assert.equal(told.filter(Boolean).length, 39);
  const restarted = bundle(AUDIO.map((line) => line.replace("abcd", "efgh")));
  negotiate(negotiation, restarted);
  assert.equal(negotiation.candidate({ candidate: candidate(1000), ...section }), candidate(1000));
});

Deno.test("candidates of other sections and of other generations are ignored", () => {
  const negotiation = createNegotiation();
  negotiate(
    negotiation,
    offer(["a=group:BUNDLE a d"], named("a", AUDIO), named("d", DATA), named("v", VIDEO)),
  );
  const takes = (section: { sdpMid?: string; sdpMLineIndex?: number }, port: number, more = "") =>
    negotiation.candidate({ candidate: candidate(port) + more, ...section }) !== undefined;

  assert.deepEqual(
    [
      takes({ sdpMid: "a" }, 1),
      takes({ sdpMid: "d" }, 2),
      takes({ sdpMid: "v" }, 3),
      takes({ sdpMid: "nobody" }, 4),
      takes({ sdpMLineIndex: 1 }, 5),
      takes({ sdpMLineIndex: 2 }, 6),
      takes({ sdpMLineIndex: 9 }, 7),
      takes({ sdpMLineIndex: -1 }, 8),
      takes({}, 9),
      takes({ sdpMid: "a" }, 10, " generation 0 ufrag abcd"),
      takes({ sdpMid: "a" }, 11, " generation 0 ufrag before"),
    ],
    [true, true, false, false, true, false, false, false, true, true, false],
  );
});
