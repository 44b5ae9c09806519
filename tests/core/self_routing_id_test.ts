import assert from "node:assert/strict";
import fc from "fast-check";
import { keyedHash } from "../../src/core/hash.ts";
import {
  isSelfRoutingId,
  newSelfRoutingId,
  ownerName,
  ownerOf,
} from "../../src/nodes/self_routing_id.ts";

const hash = keyedHash("a secret that two runners share");
const OWNER = await ownerName("https://media1.example.com");

Deno.test("an id leads to its owner", async () => {
  for (const prefix of ["", "pc_"] as const) {
    const id = await newSelfRoutingId(hash, OWNER, prefix);

    assert.match(id, /^(pc_)?[0-9a-f]{12}-[0-9a-f]{24}-[0-9a-f]{24}$/);
    assert.ok(id.startsWith(prefix));
    assert.ok(isSelfRoutingId(id));
    assert.equal(await ownerOf(hash, id), OWNER);
  }
});

Deno.test("two ids are never the same, and two origins have two names", async () => {
  const ids = await Promise.all([1, 2].map(() => newSelfRoutingId(hash, OWNER, "")));

  assert.notEqual(ids[0], ids[1]);
  assert.notEqual(OWNER, await ownerName("https://media2.example.com"));
});

Deno.test("an id with any character changed leads nowhere", async () => {
  const printable = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code));
  const character = fc.oneof(fc.constantFrom(..."0123456789abcdefABCDEF-_p"), printable);
  const prefix = fc.constantFrom("" as const, "pc_" as const);
  await fc.assert(
    fc.asyncProperty(prefix, fc.nat(), character, async (prefix, position, character) => {
      const id = await newSelfRoutingId(hash, OWNER, prefix);
      const at = position % id.length;
      fc.pre(id[at] !== character);

      const changed = `${id.slice(0, at)}${character}${id.slice(at + 1)}`;

      assert.equal(await ownerOf(hash, changed), undefined);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("an id that is cut, longer or of another kind leads nowhere", async () => {
  const id = await newSelfRoutingId(hash, OWNER, "");
  const other = await newSelfRoutingId(hash, OWNER, "");
  const spliced = id.slice(0, -24) + other.slice(-24);
  const wrong = [id.slice(1), id.slice(0, -1), `${id}0`, ` ${id}`, `pc_${id}`, `${id}\n`, spliced];

  for (const text of [...wrong, "", crypto.randomUUID(), id.toUpperCase()]) {
    assert.equal(await ownerOf(hash, text), undefined, text);
  }
  assert.equal(isSelfRoutingId(crypto.randomUUID()), false);
});

Deno.test("an id made with another secret leads nowhere", async () => {
  const id = await newSelfRoutingId(keyedHash("another secret"), OWNER, "");

  assert.equal(await ownerOf(hash, id), undefined);
});
