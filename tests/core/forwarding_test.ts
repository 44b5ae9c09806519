import assert from "node:assert/strict";
import fc from "fast-check";
import { RunnerError } from "../../src/core/error.ts";
import { FORWARDED_HEADER, forwardingSigner, readForwarded } from "../../src/nodes/forwarding.ts";
import { networkSecret } from "../../src/nodes/network.ts";
import { keyedHash } from "../../src/core/hash.ts";
import { ownerOf } from "../../src/nodes/self_routing_id.ts";
import { stoppedClock } from "../rooms/clock.ts";

const hash = keyedHash("a secret that two runners share");
const sign = forwardingSigner(hash);
const body = new TextEncoder().encode('{"a":1}');
const SENT = {
  owner: "0123456789ab",
  method: "POST",
  path: "/sessions/1/speak?loud=1",
  body,
  origin: "https://bot.example.com",
  address: "2001:db8::7",
} as const;

/** What a node receives. */
function received(header: string, method = "POST", path: string = SENT.path): Request {
  return new Request(`http://10.0.0.7:7860${path}`, {
    method,
    headers: { [FORWARDED_HEADER]: header },
  });
}

Deno.test("a forwarded request tells the node its name, and who the client is", async () => {
  const header = await sign(SENT);

  const admitted = await readForwarded(hash, received(header));

  assert.equal(admitted?.origin, "https://bot.example.com");
  assert.equal(admitted?.address, "2001:db8::7");
  assert.equal(admitted?.forwarded.owner, SENT.owner);
  assert.equal(await ownerOf(hash, await admitted!.forwarded.newId("")), SENT.owner);
  assert.ok((await admitted!.forwarded.newId("pc_")).startsWith("pc_0123456789ab-"));
  assert.equal(await admitted?.isBody(body), true);
});

Deno.test("a client whose address is not known has none", async () => {
  const { address: _, ...unknown } = SENT;

  const admitted = await readForwarded(hash, received(await sign(unknown)));

  assert.ok(admitted);
  assert.equal(admitted.address, undefined);
});

Deno.test("another method, path, query, body or secret is refused", async () => {
  const header = await sign(SENT);
  const other = keyedHash("a secret that others share");

  assert.equal(await readForwarded(hash, received(header, "PATCH")), undefined);
  assert.equal(await readForwarded(hash, received(header, "POST", "/start")), undefined);
  assert.equal(await readForwarded(hash, received(header, "POST", "/sessions/1/speak")), undefined);
  assert.equal(await readForwarded(other, received(header)), undefined);
  assert.equal(await readForwarded(hash, new Request("http://10.0.0.7:7860/start")), undefined);
  const admitted = await readForwarded(hash, received(header));
  assert.equal(await admitted?.isBody(new TextEncoder().encode('{"a":2}')), false);
  assert.equal(await admitted?.isBody(new Uint8Array()), false);
});

Deno.test("a header with any character changed is refused", async () => {
  const header = await sign(SENT);
  const character = fc.constantFrom(..."0123456789abcdefABCXYZ=&%+-_. ");
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: header.length - 1 }), character, async (at, character) => {
      fc.pre(header[at] !== character);

      const changed = `${header.slice(0, at)}${character}${header.slice(at + 1)}`;

      assert.equal(await readForwarded(hash, received(changed)), undefined);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("a request is good for a minute, whichever clock is behind", async () => {
  const now = Date.now();
  const header = await sign(SENT);

  for (const later of [-70_000, -50_000, 0, 50_000, 70_000]) {
    using _clock = stoppedClock(now + later);
    const admitted = await readForwarded(hash, received(header));

    assert.equal(admitted !== undefined, Math.abs(later) <= 60_000, `${later} ms`);
  }
});

Deno.test("a secret that could be guessed is refused", () => {
  assert.throws(
    () => networkSecret({ secret: "fifteen letters" }),
    (error) => error instanceof RunnerError && error.code === "bad_option",
  );
});
