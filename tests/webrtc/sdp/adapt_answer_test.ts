import assert from "node:assert/strict";
import { addAddresses, simplifyAnswer } from "../../../src/ways/webrtc/sdp/adapt_answer.ts";

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
