import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import {
  readCertificate,
  readCertificateRequest,
  readClientKeyExchange,
  readServerKeyExchange,
  readSigned,
} from "../../../src/ways/webrtc/dtls/credentials.ts";
import { HandshakeFailure } from "../../../src/ways/webrtc/dtls/failure.ts";
import {
  readClientHello,
  readHelloVerifyRequest,
  readNumbers,
  readServerHello,
  readUseSrtp,
  writeClientHello,
  writeServerHello,
} from "../../../src/ways/webrtc/dtls/hello.ts";

const READERS = {
  readCertificate,
  readCertificateRequest,
  readClientHello,
  readClientKeyExchange,
  readHelloVerifyRequest,
  readNumbers,
  readServerHello,
  readServerKeyExchange,
  readSigned,
  readUseSrtp,
};

const random = new Uint8Array(randomBytes(32));
const extensions = fc.uniqueArray(
  fc.tuple(fc.nat(0xffff), fc.uint8Array({ maxLength: 40 })),
  { selector: ([type]) => type, maxLength: 6 },
).map((pairs) => new Map<number, Uint8Array>(pairs));

Deno.test("no bytes make a reader of messages do more than fail", () => {
  const hello = writeClientHello({
    random,
    cookie: random,
    suites: [1, 2],
    extensions: new Map([[14, new Uint8Array(5)]]),
  });
  // Lengths that nearly fit find more than noise does.
  const changed = fc.tuple(fc.nat(hello.length - 1), fc.nat(255), fc.nat(hello.length)).map(
    ([at, value, length]) => {
      const bytes = hello.slice(0, length);
      if (at < length) bytes[at] = value;
      return bytes;
    },
  );
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 300 }), changed);
  for (const [name, read] of Object.entries(READERS)) {
    fc.assert(fc.property(bytes, (body) => {
      try {
        read(body);
      } catch (error) {
        assert.ok(error instanceof HandshakeFailure, name);
      }
    }));
  }
});

Deno.test("hellos are read as they were written, and not when a byte is missing or left", () => {
  const suites = fc.array(fc.nat(0xffff), { maxLength: 20 });
  const cookie = fc.uint8Array({ maxLength: 255 });
  fc.assert(fc.property(suites, cookie, extensions, (suites, cookie, extensions) => {
    const body = new Uint8Array(writeClientHello({ random, cookie, suites, extensions }));
    const hello = readClientHello(body);

    assert.deepEqual({ ...hello }, {
      version: 0xfefd,
      random,
      sessionId: new Uint8Array(),
      cookie,
      suites,
      compressions: Uint8Array.of(0),
      extensions,
    });
    assert.throws(() => readClientHello(body.subarray(0, -1)), HandshakeFailure);
    assert.throws(() => readClientHello(new Uint8Array([...body, 0])), HandshakeFailure);
  }));
  fc.assert(fc.property(fc.nat(0xffff), extensions, (suite, extensions) => {
    const hello = readServerHello(writeServerHello({ random, suite, extensions }));

    assert.deepEqual(hello, { version: 0xfefd, random, suite, compression: 0, extensions });
  }));
});

Deno.test("an extension that comes twice is refused", () => {
  const body = writeServerHello({
    random,
    suite: 1,
    extensions: new Map([[14, new Uint8Array()], [23, new Uint8Array()]]),
  });
  const twice = body.slice();
  twice[twice.length - 3] = 14; // 00 0e 00 00, 00 17 00 00

  assert.throws(() => readServerHello(twice), /twice/);
});

Deno.test("a hello without extensions is one", () => {
  const body = writeClientHello({
    random,
    cookie: new Uint8Array(),
    suites: [1],
    extensions: new Map(),
  });

  assert.equal(readClientHello(body.subarray(0, -2)).extensions.size, 0);
});
