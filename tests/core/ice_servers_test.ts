import assert from "node:assert/strict";
import { parseIceServers, tellIceServers } from "../../src/core/ice_servers.ts";
import type { IceServer } from "../../src/core/peer.ts";
import { impatient } from "../rooms/impatient.ts";
import { warnings } from "../support/warnings.ts";

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

const SERVER: IceServer = { urls: ["turn:t.test"], username: "u", credential: "c" };

Deno.test("what a function tells is parsed each time, as Twilio and Cloudflare write it", async () => {
  const told: unknown[] = [{ urls: "turn:t.test", username: "u", credential: "c" }];
  const tell = tellIceServers(() => told as IceServer[]);

  assert.deepEqual(await tell(), [SERVER]);
  told.push({ urls: ["stun:s.test"] });
  assert.deepEqual(await tell(), [SERVER, { urls: ["stun:s.test"] }]);
  assert.deepEqual(await tellIceServers([SERVER])(), [SERVER]);
});

for (
  const [what, source, reason] of [
    ["throws", () => {
      throw new TypeError("no answer of https://api.test/?key=s3cret");
    }, /threw \(TypeError\)/],
    ["rejects", () => Promise.reject("s3cret"), /threw/],
    ["tells no list", () => "stun:s.test" as never, /must return a list/],
    ["tells what is no server", () => [{ urls: ["http:"], credential: "s3cret" }], /its urls must/],
  ] as const
) {
  Deno.test(`a function that ${what} is logged once for all who ask, without a secret`, async () => {
    const lines = await warnings(async () => {
      for (const tell of [tellIceServers(source), tellIceServers(source)]) {
        assert.deepEqual(await tell(), []);
        assert.deepEqual(await tell(), []);
      }
    });

    assert.equal(lines.length, 1, lines.join("\n"));
    assert.match(lines[0] ?? "", reason);
    assert.doesNotMatch(lines[0] ?? "", /s3cret/);
  });
}

Deno.test("a function that is late is not waited for again until it has been in time", async () => {
  const timers = impatient();
  const pending: PromiseWithResolvers<readonly IceServer[]>[] = [];
  const tell = tellIceServers(() => {
    const next = Promise.withResolvers<readonly IceServer[]>();
    pending.push(next);
    return next.promise;
  });

  const lines = await warnings(async () => {
    assert.deepEqual(await tell(), []);
    timers[Symbol.dispose]();
    const startedAt = performance.now();
    assert.deepEqual(await tell(), []);
    assert.ok(performance.now() - startedAt < 1000);
    pending[1]?.resolve([SERVER]); // nobody waited so long
    await pending[1]?.promise;
    const third = tell();
    pending[2]?.resolve([SERVER]);
    assert.deepEqual(await third, [SERVER]);
  });

  assert.deepEqual(lines, [
    "There are no ICE servers: the function iceServers did not answer within 2000 ms",
  ]);
});
