import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { fromHex, toHex, utf8 } from "../../src/core/bytes.ts";
import { hmac, sameSecret, sha256 } from "../../src/core/hash.ts";

Deno.test("hexadecimal digits are those of Node's own codec, and come back as the same bytes", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => {
    assert.equal(toHex(bytes), Buffer.from(bytes).toString("hex"));
    assert.deepEqual(fromHex(toHex(bytes)), bytes);
    assert.deepEqual(fromHex(toHex(bytes).toUpperCase()), bytes);
  }));
});

Deno.test("a secret is the same as itself and as nothing else", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (one, other) => {
    assert.ok(sameSecret(one, one));
    assert.equal(sameSecret(one, other), one === other);
    assert.ok(!sameSecret(`${one}\0`, one) && !sameSecret(one, `${one}\0`));
  }));
});

Deno.test("hashes and signatures are those of Node's crypto", async () => {
  const secret = fc.string({ minLength: 1 });
  await fc.assert(fc.asyncProperty(secret, fc.string(), async (secret, text) => {
    assert.equal(await sha256(text), createHash("sha256").update(text).digest("hex"));
    for (const [hash, name] of [["SHA-1", "sha1"], ["SHA-256", "sha256"]] as const) {
      const { sign, verify } = hmac(secret, hash);
      const signature = new Uint8Array(createHmac(name, secret).update(text).digest());
      assert.deepEqual(await sign(text), signature);
      assert.ok(await verify(utf8(text), signature));
      signature[0]! ^= 1;
      assert.ok(!await verify(text, signature));
    }
  }));
});
