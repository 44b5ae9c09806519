/**
 * What the security of a session hangs on: keys, signatures, fingerprints, protected records.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { HandshakeFailure } from "../../../src/ways/webrtc/dtls/failure.ts";
import {
  checkSignature,
  createSignature,
  hasFingerprint,
} from "../../../src/ways/webrtc/dtls/identity.ts";
import { createKeyShare, GROUPS } from "../../../src/ways/webrtc/dtls/key_exchange.ts";
import { expand } from "../../../src/ways/webrtc/dtls/key_schedule.ts";
import { createProtection } from "../../../src/ways/webrtc/dtls/protection.ts";
import { type DtlsRecord, parseRecords } from "../../../src/ways/webrtc/dtls/record.ts";
import { createIdentity, fingerprintOf } from "./identities.ts";
import { flipped } from "./wire.ts";

const [identity, other] = await Promise.all([createIdentity(), createIdentity()]);

Deno.test("the pseudo-random function is that of TLS 1.2 with SHA-256", () => {
  // The vector that implementers of RFC 5246 have shared on the mailing list of its group.
  const bytes = expand(
    Buffer.from("9bbe436ba940f017b17652849a71db35", "hex"),
    "test label",
    Buffer.from("a0ba9f936cda311827a6f796ffd5198c", "hex"),
    100,
  );

  assert.equal(
    Buffer.from(bytes).toString("hex"),
    "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14ba" +
      "f9af0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a51" +
      "10fff70187347b66",
  );
});

Deno.test("both sides agree on the same secret, on either curve", () => {
  for (const group of Object.values(GROUPS)) {
    const [one, two] = [createKeyShare(group), createKeyShare(group)];

    assert.deepEqual(Buffer.from(one.agree(two.publicKey)), Buffer.from(two.agree(one.publicKey)));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      if (bytes.length !== one.publicKey.length) {
        assert.throws(() => one.agree(bytes), HandshakeFailure);
      }
    }));
  }
});

Deno.test("points of low order on X25519 are refused", () => {
  const share = createKeyShare(GROUPS.x25519);
  const points = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ];
  for (const point of points) {
    assert.throws(() => share.agree(Buffer.from(point, "hex")), HandshakeFailure);
  }
});

Deno.test("a signature is its certificate's, over just this content", () => {
  const content = randomBytes(500);
  const signed = createSignature(content, identity);

  checkSignature(signed, content, identity.certificate);
  assert.throws(() => checkSignature(signed, flipped(content), identity.certificate));
  assert.throws(() => checkSignature(signed, content, other.certificate));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 90 }), (signature) => {
    const forged = { ...signed, signature };
    assert.throws(
      () => checkSignature(forged, content, identity.certificate),
      HandshakeFailure,
    );
  }));
});

Deno.test("no bytes in place of a certificate do more than fail", () => {
  const signed = createSignature(new Uint8Array(), identity);
  const { certificate } = identity;
  const changed = fc.array(fc.tuple(fc.nat(certificate.length - 1), fc.nat(255)), { minLength: 1 })
    .map((changes) => {
      const bytes = new Uint8Array(certificate);
      for (const [at, value] of changes) bytes[at] = value;
      return bytes;
    });
  fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 600 }), changed), (bytes) => {
    try {
      checkSignature(signed, new Uint8Array(), bytes);
    } catch (error) {
      assert.ok(error instanceof HandshakeFailure);
    }
  }));
});

Deno.test("a certificate is known by its fingerprint of the best known hash, however it is spelt", () => {
  const { certificate } = identity;
  const right = fingerprintOf(identity);
  const long = fingerprintOf(identity, "sha-512");
  const wrong = fingerprintOf(other);

  assert.ok(hasFingerprint(certificate, [right]));
  assert.ok(hasFingerprint(certificate, [{ ...right, value: right.value.toLowerCase() }]));
  assert.ok(hasFingerprint(certificate, [{ ...right, algorithm: "SHA-256" }]));
  assert.ok(hasFingerprint(certificate, [wrong, right]));
  assert.ok(hasFingerprint(certificate, [long, wrong]), "SHA-512 decides");
  assert.ok(!hasFingerprint(certificate, [fingerprintOf(other, "sha-512"), right]));
  assert.ok(!hasFingerprint(certificate, [wrong]));
  assert.ok(!hasFingerprint(certificate, []));
  assert.ok(!hasFingerprint(certificate, [{ algorithm: "sha-256", value: "" }]));
  assert.ok(!hasFingerprint(certificate, [{ ...right, value: right.value.slice(0, -3) }]));
  assert.ok(!hasFingerprint(certificate, [fingerprintOf(identity, "md-5")]), "MD5 is none");
});

/** The two ends of one direction, and what is on its way. */
function protections() {
  const [one, two] = [1, 2].map(() => ({ key: randomBytes(16), salt: randomBytes(4) }));
  const [sender, receiver] = [createProtection(one!, two!), createProtection(two!, one!)];
  const seal = (content: Uint8Array): DtlsRecord =>
    parseRecords(new Uint8Array(sender.seal(23, content)))[0]!;
  return { seal, open: (record: DtlsRecord) => receiver.open(record) };
}

Deno.test("a protected record is what was sent, or nothing", () => {
  const { seal, open } = protections();
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), (content, at) => {
    const record = seal(content);
    const body = record.body.slice();
    body[at % body.length]! ^= 1 + at % 255;

    assert.equal(open({ ...record, body }), undefined);
    assert.equal(open({ ...record, sequence: record.sequence + 1 }), undefined);
    assert.equal(open({ ...record, type: 21 }), undefined);
    assert.equal(open({ ...record, epoch: 2 }), undefined);
    assert.equal(open({ ...record, body: body.subarray(0, at % 24) }), undefined);
    assert.deepEqual(new Uint8Array(open(record)!.content), content);
  }));
});

Deno.test("a record is fresh once, in whatever order, and not when it is far behind", () => {
  const { seal, open } = protections();
  const records = Array.from({ length: 200 }, () => seal(new Uint8Array()));
  const fresh = (index: number) => open(records[index]!)?.fresh;

  assert.deepEqual([0, 2, 1, 1, 0, 2].map(fresh), [true, true, true, false, false, false]);
  assert.deepEqual([150, 87, 86, 85, 149].map(fresh), [true, true, false, false, true]);
});
