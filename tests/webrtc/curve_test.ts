import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import nacl from "tweetnacl";
import { multiply, useNativeCurve } from "../../src/webrtc/curve.ts";

const inJavaScript = nacl.scalarMult;
const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });

Deno.test("the curve is that of RFC 7748", () => {
  const hex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));

  const result = multiply(
    hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
    hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"),
  );

  assert.deepEqual(
    result,
    hex("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"),
  );
});

Deno.test("it does what the JavaScript does, with any bytes for a point", () => {
  fc.assert(
    fc.property(bytes, bytes, (factor, point) => {
      assert.deepEqual(multiply(factor, point), inJavaScript(factor, point));
    }),
    { numRuns: 50 },
  );
  for (const low of [0, 1]) {
    const point = Uint8Array.of(low, ...new Uint8Array(31));
    const factor = nacl.randomBytes(32);
    assert.deepEqual(multiply(factor, point), inJavaScript(factor, point));
  }
});

Deno.test("both sides of a handshake find the same secret", () => {
  const before = nacl.box.keyPair();

  useNativeCurve();
  useNativeCurve();
  const after = nacl.box.keyPair();

  assert.deepEqual(
    nacl.scalarMult(after.secretKey, before.publicKey),
    inJavaScript(before.secretKey, after.publicKey),
  );
});
