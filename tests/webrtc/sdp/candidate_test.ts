import assert from "node:assert/strict";
import fc from "fast-check";
import { isLoopbackCandidate, readCandidate } from "../../../src/ways/webrtc/sdp/candidate.ts";

const HOST = "candidate:1 1 udp 2122260223 192.0.2.5 54321 typ host";

Deno.test("candidates of every writer are understood", () => {
  const texts: Record<string, string> = {
    [HOST]: HOST,
    [`a=${HOST}`]: HOST,
    [` ${HOST} generation 0 ufrag abcd network-id 1 network-cost 10`]: HOST,
    [HOST.replace("udp", "UDP").replace("candidate", "CANDIDATE")]: HOST,
    [HOST.replace("candidate:1", "candidate:")]: HOST.replace("candidate:1", "candidate:0"),
    [HOST.replace("host", "HOST")]: HOST,
    [HOST.replace("2122260223", "9999999999")]: HOST.replace("2122260223", "1"),
    "candidate:x+/ 1 udp 5 2001:db8::1 5002 typ srflx raddr 0.0.0.0 rport 0":
      "candidate:x+/ 1 udp 5 2001:db8::1 5002 typ srflx",
  };

  for (const [line, text] of Object.entries(texts)) {
    assert.equal(readCandidate(line)?.text, text, line);
  }
});

Deno.test("candidates that cannot be used are left out", () => {
  for (
    const bad of [
      "",
      "candidate:",
      "nonsense",
      HOST.replace("192.0.2.5", "example.com"),
      HOST.replace("192.0.2.5", "1fc5a1e0-0000-4000-8000-000000000000.local"),
      HOST.replace("192.0.2.5", "192.0.2.500"),
      HOST.replace("192.0.2.5", ":::"),
      HOST.replace("192.0.2.5", "fe80::1%eth0"),
      HOST.replace("54321", "0"),
      HOST.replace("54321", "70000"),
      HOST.replace("54321", "54321.5"),
      HOST.replace("host", "prflx"),
      HOST.replace("1 udp", "2 udp"),
      `${HOST.replace("udp", "tcp")} tcptype active`,
      `${HOST} ${"x".repeat(2000)}`,
    ]
  ) assert.equal(readCandidate(bad), undefined, bad);
});

Deno.test("a candidate tells the user name that it belongs to", () => {
  assert.equal(readCandidate(HOST)?.fragment, undefined);
  assert.equal(readCandidate(`${HOST} generation 0 ufrag abcd`)?.fragment, "abcd");
  assert.equal(readCandidate(HOST.replace("candidate:1", "candidate:ufrag"))?.fragment, undefined);
});

Deno.test("a client on this machine is recognised", () => {
  const at = (address: string) => readCandidate(HOST.replace("192.0.2.5", address))!;

  assert.deepEqual(
    ["127.0.0.1", "127.8.8.8", "::1", "192.0.2.5"].map((a) => isLoopbackCandidate(at(a))),
    [
      true,
      true,
      true,
      false,
    ],
  );
});

Deno.test("a candidate is usable or not, but never an error, and read again it is the same", () => {
  const words = fc.constantFrom(
    "1",
    "udp",
    "192.0.2.5",
    "::1",
    "5000",
    "typ",
    "host",
    "ufrag",
    "x",
  );
  const line = fc.oneof(
    fc.string(),
    fc.array(fc.oneof(words, fc.string()), { maxLength: 12 })
      .map((parts) => `candidate:${parts.join(" ")}`),
    fc.array(words, { maxLength: 4 }).map((parts) => `${HOST} ${parts.join(" ")}`),
  );

  fc.assert(fc.property(line, (text) => {
    const candidate = readCandidate(text);
    if (!candidate) return;
    assert.deepEqual(readCandidate(candidate.text), { ...candidate, fragment: undefined });
  }));
});
