import assert from "node:assert/strict";
import { parseIceServers } from "../../src/core/ice_servers.ts";

Deno.test("ICE servers are read as URLs, as JSON objects and as one JSON array", () => {
  const turn = { urls: "turn:t.test", username: "u", credential: "c" };
  const read = { urls: ["turn:t.test"], username: "u", credential: "c" };
  const stun = { urls: ["stun:s.test"] };

  assert.deepEqual(parseIceServers("stun:s.test, stun:t.test"), [stun, { urls: ["stun:t.test"] }]);
  assert.deepEqual(parseIceServers(JSON.stringify(turn)), [read]);
  assert.deepEqual(parseIceServers(JSON.stringify([turn, "stun:s.test"])), [read, stun]);
  assert.deepEqual(parseIceServers(["stun:s.test", JSON.stringify(turn)]), [stun, read]);
  assert.deepEqual(parseIceServers(`[{"urls":["stun:s.test","stun:t.test"]}]`), [
    { urls: ["stun:s.test", "stun:t.test"] },
  ]);
  assert.deepEqual(parseIceServers(""), []);
});

for (
  const bad of [
    "https://s.test",
    "{",
    "[1]",
    `{"url":"stun:s.test"}`,
    `{"urls":[]}`,
    `{"urls":"turn:t.test","username":"u","secret":"s3cret"}`,
  ]
) {
  Deno.test(`the ICE servers ${bad} are refused without quoting a secret`, () => {
    assert.throws(() => parseIceServers(bad), (error: Error & { code?: string }) => {
      assert.equal(error.code, "bad_option");
      assert.doesNotMatch(error.message, /s3cret/);
      return true;
    });
  });
}
