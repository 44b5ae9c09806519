import assert from "node:assert/strict";
import fc from "fast-check";
import { RunnerError } from "../../src/core/error.ts";
import { addAddresses, readOffer, simplifyAnswer, usableCandidate } from "../../src/webrtc/sdp.ts";

const HOST = "candidate:1 1 udp 2122260223 192.0.2.5 54321 typ host generation 0";

function offer(...extra: string[]): string {
  return [
    "v=0",
    "o=- 1 2 IN IP4 127.0.0.1",
    "s=-",
    "t=0 0",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111",
    "a=ice-ufrag:abcd",
    "a=ice-pwd:0123456789012345678901",
    "a=fingerprint:sha-256 00:11",
    "a=setup:actpass",
    ...extra,
    "",
  ].join("\r\n");
}

Deno.test("what is no offer is refused with a sentence that helps", () => {
  const bad = ["", "hello", "{}", "v=0\r\ns=-\r\n", "\0\0", "v=0\r\nm=audio 9 X 1\r\n"];

  for (const sdp of bad) {
    assert.throws(() => readOffer(sdp), (error: unknown) => {
      assert.ok(error instanceof RunnerError);
      assert.deepEqual([error.code, error.status], ["invalid_offer", 400]);
      assert.match(error.message, /send/);
      return true;
    });
  }
  assert.throws(() => readOffer(offer("a=x:" + "y".repeat(300_000))), RunnerError);
});

Deno.test("any text is either an offer or refused", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    try {
      readOffer(offer(text));
    } catch (error) {
      assert.ok(error instanceof RunnerError);
    }
  }));
});

Deno.test("an offer tells what it asks for", () => {
  const data = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel";

  assert.deepEqual(
    [offer(), offer(data), offer(data.replace(" 9 ", " 0 "))].map((sdp) => readOffer(sdp).hasData),
    [false, true, false],
  );
  assert.equal(readOffer(offer("a=setup:passive")).passive, true);
  assert.equal(readOffer(offer()).passive, false);
});

Deno.test("candidates that werift cannot use are taken out of an offer", () => {
  const lines = [
    `a=${HOST}`,
    "a=candidate:2 1 udp 1 1fc5a1e0-0000-4000-8000-000000000000.local 5000 typ host",
    "a=candidate:3 1 tcp 1 192.0.2.5 9 typ host tcptype active",
    "a=candidate:4 2 udp 1 192.0.2.5 5001 typ host",
    "a=candidate:5 1 udp 1 2001:db8::1 5002 typ srflx raddr 0.0.0.0 rport 0",
    "a=end-of-candidates",
  ];

  const { sdp, loopback } = readOffer(offer(...lines));

  assert.deepEqual(sdp.match(/a=candidate:\d/g), ["a=candidate:1", "a=candidate:5"]);
  assert.ok(!sdp.includes("end-of-candidates"));
  assert.equal(loopback, false);
});

Deno.test("a client on this machine is recognised", () => {
  const local = HOST.replace("192.0.2.5", "127.0.0.1");

  assert.equal(readOffer(offer(`a=${local}`)).loopback, true);
});

Deno.test("the number of candidates is bounded", () => {
  const many = Array.from({ length: 1000 }, (_, i) => `a=${HOST.replace("54321", `${1000 + i}`)}`);

  const { sdp } = readOffer(offer(...many));

  assert.equal(sdp.match(/a=candidate/g)?.length, 40);
});

Deno.test("a candidate is usable or not, but never an error", () => {
  assert.equal(usableCandidate(HOST), "192.0.2.5");
  assert.equal(usableCandidate(`${HOST} ufrag abcd`), "192.0.2.5");
  for (
    const bad of [
      "",
      "candidate:",
      HOST.replace("192.0.2.5", "example.com"),
      HOST.replace("54321", "0"),
      HOST.replace("54321", "70000"),
      HOST.replace("host", "prflx"),
      HOST.replace("udp", "tcp"),
    ]
  ) assert.equal(usableCandidate(bad), undefined, bad);
  fc.assert(fc.property(fc.string(), (text) => void usableCandidate(text)));
});

Deno.test("an answer for an ESP32 has one fingerprint and the candidates of one address", () => {
  const answer = [
    "v=0",
    "a=fingerprint:sha-256 00:11",
    "a=fingerprint:sha-384 00:22",
    "a=fingerprint:sha-512 00:33",
    "a=candidate:1 1 udp 1 192.168.1.5 5000 typ host",
    "a=candidate:2 1 udp 1 10.0.0.5 5000 typ host",
    "a=candidate:3 1 udp 1 203.0.113.5 5000 typ srflx raddr 192.168.1.5 rport 5000",
    "",
  ].join("\r\n");

  const simple = simplifyAnswer(answer, "192.168.1.5");
  const unhosted = simplifyAnswer(answer, undefined);

  assert.equal(
    simple,
    "v=0\r\na=fingerprint:sha-256 00:11\r\na=candidate:1 1 udp 1 192.168.1.5 5000 typ host\r\n",
  );
  assert.equal(unhosted.match(/a=candidate/g)?.length, 3);
  assert.equal(unhosted.match(/a=fingerprint/g)?.length, 1);
});

Deno.test("public addresses are added to the host candidates of their family", () => {
  const answer = [
    "v=0",
    "a=candidate:1 1 udp 9 172.17.0.2 5000 typ host generation 0",
    "a=candidate:2 1 udp 8 fd00::2 5001 typ host",
    "a=candidate:3 1 udp 7 198.51.100.7 5002 typ srflx raddr 172.17.0.2 rport 5000",
    "",
  ].join("\r\n");

  const candidates = addAddresses(answer, ["203.0.113.5", "203.0.113.6"]).split("\r\n");

  assert.deepEqual(candidates, [
    "v=0",
    "a=candidate:1 1 udp 9 203.0.113.5 5000 typ host generation 0",
    "a=candidate:1 1 udp 9 203.0.113.6 5000 typ host generation 0",
    "a=candidate:1 1 udp 9 172.17.0.2 5000 typ host generation 0",
    "a=candidate:2 1 udp 8 fd00::2 5001 typ host",
    "a=candidate:3 1 udp 7 198.51.100.7 5002 typ srflx raddr 172.17.0.2 rport 5000",
    "",
  ]);
  assert.equal(addAddresses(answer, []), answer);
  assert.match(addAddresses(answer, ["2001:db8::5"]), /2001:db8::5 5001 typ host\r\n/);
});
