import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { coturn } from "../../src/ice/mod.ts";

const TURN = ["turn:t.test:3478?transport=udp", "turns:t.test:5349"];

Deno.test("coturn gets the time when a login ends, a name for the call, and their HMAC", async () => {
  const source = coturn({ secret: "north", urls: [...TURN, "stun:t.test"], ttlSeconds: 600 });

  const before = Math.floor(Date.now() / 1000);
  const [stun, turn] = await source();
  const [, again] = await source();

  assert.deepEqual(stun, { urls: ["stun:t.test"] });
  assert.deepEqual(turn?.urls, TURN);
  const [, ends = "", name] = /^(\d+):([\w-]+)$/.exec(turn?.username ?? "") ?? [];
  assert.ok(Number(ends) - before - 600 <= 1, ends);
  assert.ok(name);
  assert.notEqual(again?.username, turn?.username);
  const expected = createHmac("sha1", "north").update(turn?.username ?? "").digest("base64");
  assert.equal(turn?.credential, expected);
});

for (
  const [wrong, message] of [
    [{ secret: "" }, /secret takes a non-empty string/],
    [{ urls: [] }, /urls takes .*turn:/],
    [{ urls: ["stun:t.test"] }, /urls takes .*turn:/],
    [{ urls: ["https://t.test"] }, /must start with stun: or turn:/],
    [{ ttlSeconds: 0 }, /ttlSeconds takes a whole number from 60/],
    [{ ttlSeconds: 90.5 }, /ttlSeconds/],
  ] as const
) {
  Deno.test(`coturn with ${JSON.stringify(wrong)} is refused`, () => {
    assert.throws(() => coturn({ secret: "north", urls: TURN, ...wrong }), {
      code: "bad_option",
      message,
    });
  });
}
