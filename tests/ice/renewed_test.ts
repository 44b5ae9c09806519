import assert from "node:assert/strict";
import type { IceServer } from "../../src/core/peer.ts";
import { PAUSE_MS, renewed } from "../../src/ice/renewed.ts";
import { warnings } from "../support/warnings.ts";

/** Credentials that are good for 100 s, at a time that the test says. */
function lending() {
  const asked: PromiseWithResolvers<readonly IceServer[]>[] = [];
  const time = { now: 0 };
  const ask = () => {
    const next = Promise.withResolvers<readonly IceServer[]>();
    asked.push(next);
    return next.promise;
  };
  const source = renewed({ lifetimeMs: 100_000, ask }, () => time.now);
  return { asked, time, source: async () => (await source())[0]?.username };
}

const login = (username: string): IceServer[] => [{ urls: ["turn:t.test"], username }];

Deno.test("credentials are kept for half of their lifetime, and renewed while the old ones serve", async () => {
  const { asked, time, source } = lending();
  const first = [source(), source()];
  asked[0]?.resolve(login("a"));
  assert.deepEqual(await Promise.all(first), ["a", "a"]);
  time.now = 49_999;
  assert.equal(await source(), "a");
  assert.equal(asked.length, 1);

  time.now = 50_000;
  assert.deepEqual([await source(), await source()], ["a", "a"]);
  assert.equal(asked.length, 2);
  asked[1]?.resolve(login("b"));
  await asked[1]?.promise;
  assert.equal(await source(), "b");

  time.now = 149_999; // the second were asked for at 50 s
  assert.equal(await source(), "b");
  time.now = 150_000 + PAUSE_MS;
  const last = source();
  asked.at(-1)?.resolve(login("c"));
  assert.equal(await last, "c");
});

Deno.test("a renewal that fails is logged once, and tried again only after a while", async () => {
  const { asked, time, source } = lending();
  const first = source();
  asked[0]?.resolve(login("a"));
  await first;

  const lines = await warnings(async () => {
    for (const now of [60_000, 60_000 + PAUSE_MS]) {
      time.now = now;
      assert.equal(await source(), "a");
      asked.at(-1)?.reject(new Error("down"));
      await new Promise((resolve) => setTimeout(resolve));
      time.now += PAUSE_MS - 1;
      assert.equal(await source(), "a");
    }
    assert.equal(asked.length, 3);
    time.now = 100_000;
    const ended = source();
    asked.at(-1)?.reject(new Error("down"));
    await assert.rejects(ended, { message: "down" });
  });

  assert.equal(lines.length, 1, lines.join("\n"));
});

Deno.test("an attempt that never ends holds up nobody who comes later", async () => {
  const { asked, time, source } = lending();
  void source();
  time.now = PAUSE_MS;
  const second = source();
  asked[1]?.resolve(login("b"));

  assert.equal(await second, "b");
});
