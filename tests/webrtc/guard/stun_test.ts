import assert from "node:assert/strict";
import * as fc from "fast-check";
import { canonicalHost, hostBytes } from "../../../src/ways/webrtc/guard/address.ts";
import { createReplayFilter, judgeCheck } from "../../../src/ways/webrtc/guard/check.ts";
import {
  ATTRIBUTE,
  hasFingerprint,
  isAuthentic,
  readStun,
  type StunKind,
  type StunMessage,
  writeStun,
  xorMappedAddress,
} from "../../../src/ways/webrtc/guard/stun.ts";

const hex = (text: string) =>
  Uint8Array.from(text.match(/[\da-f]{2}/g) ?? [], (b) => parseInt(b, 16));
const read = (bytes: Uint8Array): StunMessage => {
  const message = readStun(bytes);
  assert.ok(message);
  return message;
};

/** RFC 5769 §2.1, §2.2 and §2.3. */
const PASSWORD = "VOkJxbRl1RmTxUk/WvJxBt";
const ID = "b7e7a701bc34d686fa87dfae";
const REQUEST = hex(
  `000100582112a442${ID}802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b1` +
    "51263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2" +
    "80280004e57a3bcf",
);
const RESPONSE_4 = hex(
  `0101003c2112a442${ID}8022000b7465737420766563746f7220002000080001a147e112a643` +
    "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96",
);
const RESPONSE_6 = hex(
  `010100482112a442${ID}8022000b7465737420766563746f722000200014` +
    "0002a1470113a9faa5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed41" +
    "80280004c8fb0b4c",
);

const USERNAME = "evtj:h6vY";
const credentials = { username: USERNAME, password: PASSWORD };
const bytesOf = (text: string) => new TextEncoder().encode(text);

/** A check as a browser sends it, with some of its attributes replaced or left out. */
function check(
  changes: Record<number, Uint8Array | undefined> = {},
  { password = PASSWORD, kind = "request" as StunKind } = {},
): Uint8Array {
  const attributes = new Map<number, Uint8Array>([
    [ATTRIBUTE.username, bytesOf(USERNAME)],
    [ATTRIBUTE.priority, new Uint8Array(4)],
    [ATTRIBUTE.iceControlling, new Uint8Array(8)],
  ]);
  for (const [type, value] of Object.entries(changes)) {
    if (value) attributes.set(Number(type), value);
    else attributes.delete(Number(type));
  }
  return writeStun({ kind, transactionId: hex(ID), attributes }, password);
}

/** Puts bytes into a message and tells its length; what was computed over it is now wrong. */
function inserted(message: Uint8Array, at: number, ...bytes: number[]): Uint8Array {
  const longer = Uint8Array.of(...message.subarray(0, at), ...bytes, ...message.subarray(at));
  new DataView(longer.buffer).setUint16(2, longer.length - 20);
  return longer;
}

const attributes = fc.uniqueArray(
  fc.tuple(
    fc.integer({ min: 0, max: 0xffff }).filter((type) => type !== 0x0008 && type !== 0x8028),
    fc.uint8Array({ maxLength: 40 }),
  ),
  { selector: ([type]) => type, maxLength: 12 },
);
const kinds = fc.constantFrom<StunKind>("request", "indication", "success", "error");
const ids = fc.uint8Array({ minLength: 12, maxLength: 12 });

Deno.test("the messages of RFC 5769 are read, authentic, and their addresses right", () => {
  for (const bytes of [REQUEST, RESPONSE_4, RESPONSE_6]) {
    const message = read(bytes);
    assert.ok(isAuthentic(message, PASSWORD));
    assert.ok(hasFingerprint(message));
    assert.ok(!isAuthentic(message, `${PASSWORD}x`));
    assert.equal(message.abridged, false);
  }
  assert.equal(read(REQUEST).kind, "request");
  assert.equal(read(RESPONSE_4).kind, "success");
  const addresses = [
    [RESPONSE_4, "192.0.2.1"],
    [RESPONSE_6, "2001:db8:1234:5678:11:2233:4455:6677"],
  ] as const;
  for (const [bytes, host] of addresses) {
    const told = read(bytes).attributes.get(ATTRIBUTE.xorMappedAddress);
    assert.deepEqual(
      xorMappedAddress(hostBytes(host), 32853, hex(ID)),
      Uint8Array.from(told ?? []),
    );
  }
});

Deno.test("what is written is read, authentic, whatever it holds", () => {
  fc.assert(fc.property(kinds, ids, attributes, fc.string(), (kind, transactionId, list, key) => {
    const message = read(writeStun({ kind, transactionId, attributes: list }, key));

    assert.equal(message.kind, kind);
    assert.equal(message.method, 1);
    assert.deepEqual(new Uint8Array(message.transactionId), transactionId);
    assert.deepEqual(
      [...message.attributes].map(([t, v]) => [t, [...v]]),
      list.map(([t, v]) => [
        t,
        [...v],
      ]),
    );
    assert.ok(isAuthentic(message, key));
    assert.ok(hasFingerprint(message));
  }));
});

Deno.test("any bytes are a message or none, and never an error", () => {
  const any = fc.uint8Array({ maxLength: 200 });
  const headed = any.map((bytes) => {
    const body = bytes.subarray(0, bytes.length & ~3);
    return Uint8Array.of(
      0,
      1,
      body.length >> 8,
      body.length & 255,
      ...hex(`2112a442${ID}`),
      ...body,
    );
  });
  fc.assert(
    fc.property(fc.oneof(any, headed), (bytes) => {
      const message = readStun(bytes);
      if (!message) return;
      const total = [...message.attributes.values()].reduce((sum, { length }) => sum + length, 0);
      assert.ok(total <= bytes.length);
      assert.equal(judgeCheck(message, credentials), undefined);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("a message with one bit turned is not taken", () => {
  for (let bit = 0; bit < REQUEST.length * 8; bit++) {
    const bytes = REQUEST.slice();
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    const message = readStun(bytes);
    const taken = message !== undefined && judgeCheck(message, credentials) !== undefined;
    assert.equal(taken, false, `bit ${bit}`);
  }
});

Deno.test("lengths that do not fit are no message", () => {
  const bad: Record<string, Uint8Array> = {
    "empty": new Uint8Array(),
    "shorter than told": REQUEST.subarray(0, -4),
    "longer than told": Uint8Array.of(...REQUEST, 0, 0, 0, 0),
    "no multiple of 4": inserted(REQUEST, 20, 0x80, 0x22, 0, 0, 0),
    "an attribute beyond the end": inserted(REQUEST, REQUEST.length - 8, 0x80, 0x22, 0, 40),
    "a length of 65535": inserted(REQUEST, 20, 0x80, 0x22, 0xff, 0xff),
    "an integrity of 16 bytes": inserted(REQUEST, 20, 0, 8, 0, 16, ...new Uint8Array(16)),
    "a fingerprint of 0 bytes": inserted(REQUEST.subarray(0, -8), 20, 0x80, 0x28, 0, 0),
    "something after the fingerprint": inserted(REQUEST, REQUEST.length, 0x80, 0x22, 0, 0),
    "another cookie": REQUEST.with(4, 0),
    "a first byte of DTLS": REQUEST.with(0, 22),
  };
  for (const [name, bytes] of Object.entries(bad)) assert.equal(readStun(bytes), undefined, name);
});

Deno.test("what follows MESSAGE-INTEGRITY does not count, and a second of a kind neither", () => {
  const useCandidate = hex("00250000");
  const beforeFingerprint = REQUEST.length - 8;
  const message = read(inserted(REQUEST, beforeFingerprint, ...useCandidate));
  assert.equal(message.attributes.has(ATTRIBUTE.useCandidate), false);
  assert.equal(message.abridged, true);
  assert.ok(isAuthentic(message, PASSWORD));

  const twice = read(inserted(REQUEST, 20, 0, 6, 0, 4, ...bytesOf("evtj")));
  assert.deepEqual(twice.attributes.get(ATTRIBUTE.username), bytesOf("evtj"));
  assert.equal(twice.abridged, true);
});

Deno.test("only the client of the session passes a check", () => {
  const judge = (bytes: Uint8Array) => judgeCheck(read(bytes), credentials)?.kind;
  assert.equal(judge(REQUEST), "good");
  assert.equal(judge(check()), "good");

  const strangers: Record<string, Uint8Array> = {
    "another password": check({}, { password: "x".repeat(22) }),
    "an empty password": check({}, { password: "" }),
    "our name alone": check({ [ATTRIBUTE.username]: bytesOf("evtj") }),
    "our name and a colon": check({ [ATTRIBUTE.username]: bytesOf("evtj:") }),
    "another client's name": check({ [ATTRIBUTE.username]: bytesOf("evtj:h6vX") }),
    "more than the name": check({ [ATTRIBUTE.username]: bytesOf(`${USERNAME}\0`) }),
    "the names the other way round": check({ [ATTRIBUTE.username]: bytesOf("h6vY:evtj") }),
    "no name": check({ [ATTRIBUTE.username]: undefined }),
    "an indication": check({}, { kind: "indication" }),
    "a response": check({}, { kind: "success" }),
    "no fingerprint": (() => {
      const bytes = check().slice(0, -8);
      new DataView(bytes.buffer).setUint16(2, bytes.length - 20);
      return bytes;
    })(),
  };
  for (const [name, bytes] of Object.entries(strangers)) {
    assert.equal(judge(bytes), undefined, name);
  }
});

Deno.test("a client that asks for what nobody knows is told so, and no one else is", () => {
  const unknown = {
    0x7fff: new Uint8Array(),
    0x0003: new Uint8Array(4),
    0xc001: new Uint8Array(4),
  };
  const refused = judgeCheck(read(check(unknown)), credentials);
  assert.ok(refused?.kind === "refused");
  const response = read(refused.response);
  assert.ok(isAuthentic(response, PASSWORD) && hasFingerprint(response));
  assert.deepEqual([...response.attributes.get(ATTRIBUTE.errorCode) ?? []].slice(0, 4), [
    0,
    0,
    4,
    20,
  ]);
  const types = response.attributes.get(ATTRIBUTE.unknownAttributes);
  assert.deepEqual([...types ?? []].sort(), [...hex("00037fff")].sort());
  assert.equal(judgeCheck(read(check(unknown, { password: "guessed" })), credentials), undefined);
});

Deno.test("a check of the client that is malformed is a bad request", () => {
  const malformed: Record<number, Uint8Array | undefined>[] = [
    { [ATTRIBUTE.priority]: undefined },
    { [ATTRIBUTE.priority]: new Uint8Array(3) },
    { [ATTRIBUTE.iceControlling]: new Uint8Array(4) },
    { [ATTRIBUTE.iceControlled]: new Uint8Array(8) }, // beside ICE-CONTROLLING
    { [ATTRIBUTE.useCandidate]: new Uint8Array(1) },
  ];
  for (const changes of malformed) {
    const refused = judgeCheck(read(check(changes)), credentials);
    assert.ok(refused?.kind === "refused");
    const code = read(refused.response).attributes.get(ATTRIBUTE.errorCode);
    assert.deepEqual([...code ?? []].slice(0, 4), [0, 0, 4, 0]);
  }
});

Deno.test("a check is known again from the same address and from another, for a while", () => {
  const seen = createReplayFilter(3);
  const id = (n: number) => new Uint8Array(12).fill(n);

  assert.equal(seen(id(1), "a"), "new");
  assert.equal(seen(id(1), "a"), "repeated");
  assert.equal(seen(id(1), "b"), "replayed");
  for (const n of [2, 3, 4]) seen(id(n), "a");
  assert.equal(seen(id(1), "b"), "new"); // three are remembered
});

Deno.test("addresses become bytes, in every spelling", () => {
  const spelt = (host: string) => [...hostBytes(host)].map((b) => b.toString(16)).join(" ");
  assert.equal(spelt("192.0.2.1"), "c0 0 2 1");
  assert.equal(spelt("::1"), `${"0 ".repeat(15)}1`);
  assert.equal(spelt("::"), "0 ".repeat(16).trim());
  assert.equal(spelt("fe80::1%eth0"), `fe 80 ${"0 ".repeat(13)}1`);
  assert.equal(spelt("::ffff:192.0.2.1"), `${"0 ".repeat(10)}ff ff c0 0 2 1`);
  fc.assert(fc.property(fc.ipV6(), (host) => assert.equal(hostBytes(host).length, 16)));
});

Deno.test("an address is known in every spelling", () => {
  for (const host of ["2001:DB8::0:1", "2001:0db8:0:0:0:0:0:1", "2001:db8::1"]) {
    assert.equal(canonicalHost(host), "2001:db8::1");
  }
  for (const host of ["192.0.2.1", "fe80::1%eth0", "no address", "::", ":"]) {
    assert.equal(canonicalHost(host), host);
  }
});
