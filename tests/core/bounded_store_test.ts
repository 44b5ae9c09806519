import assert from "node:assert/strict";
import { failuresOf } from "../../src/core/failures.ts";
import { boundedStore } from "../../src/sessions/bounded_store.ts";
import { RunnerError } from "../../src/core/error.ts";
import { warnings } from "../support/warnings.ts";
import { MemorySessionStore, type SessionStore } from "../../src/sessions/store.ts";

const RECORD = { id: "s1", transport: "websocket", body: {} } as const;

/** A store of which every operation does the same. */
function storeThat(answer: () => Promise<never>): SessionStore {
  return { put: answer, get: answer, take: answer, extend: answer };
}

function operations(store: SessionStore): Promise<unknown>[] {
  return [store.put("a", RECORD, 1000), store.get("a"), store.take("a"), store.extend("a", 1000)];
}

Deno.test("a store that hangs is given up in time, whatever it is asked", async () => {
  const { store } = boundedStore(storeThat(() => new Promise(() => {})), { ms: 20 });

  for (const operation of operations(store)) {
    await assert.rejects(operation, { code: "store_unavailable", status: 503, retryAfter: 5 });
  }
});

Deno.test("a store that fails is not available, and one that refuses says why", async () => {
  const { store: failing } = boundedStore(storeThat(() => Promise.reject(new Error("quota"))));
  const { store: throwing } = boundedStore(storeThat(() => {
    throw new Error("not connected");
  }));
  const { store: refusing } = boundedStore(
    storeThat(() => Promise.reject(new RunnerError("too_large", "Too large."))),
  );

  for (const operation of [...operations(failing), ...operations(throwing)]) {
    await assert.rejects(operation, { code: "store_unavailable" });
  }
  for (const operation of operations(refusing)) {
    await assert.rejects(operation, { code: "too_large", status: 413 });
  }
});

Deno.test("a store that answers is as it was, and that of this process is not in anybody's way", async () => {
  const memory = new MemorySessionStore();
  const { store: other } = boundedStore({
    put: (...call) => memory.put(...call),
    get: (key) => memory.get(key),
    take: (key) => memory.take(key),
    extend: (...call) => memory.extend(...call),
  });
  await other.put("a", RECORD, 1000);

  assert.equal(boundedStore(memory).store, memory);
  assert.deepEqual(await other.get("a"), RECORD);
  await other.extend("a", 2000);
  assert.deepEqual(await other.take("a"), RECORD);
  assert.equal(await other.get("a"), undefined);
});

Deno.test("whether a store answers is known from what was asked of it, and else by one look", async () => {
  const { promise: hangs, reject: fail } = Promise.withResolvers<never>();
  const asked: string[] = [];
  let time = 0;
  let answer: () => Promise<undefined> = () => Promise.resolve(undefined);
  const { store, answers } = boundedStore({
    put: () => Promise.reject(new Error("quota")),
    get: () => Promise.resolve(undefined),
    take: () => Promise.resolve(undefined),
    extend: (key) => {
      asked.push(key);
      return answer();
    },
  }, { now: () => time });

  assert.deepEqual([await answers(), await answers(), await answers()], [true, true, true]);
  assert.deepEqual(asked, ["probe:"]);
  await assert.rejects(store.put("a", RECORD, 1000));
  assert.equal(await answers(), false);
  await store.take("a");
  assert.equal(await answers(), true);
  assert.deepEqual(asked, ["probe:"]);

  time += 1000;
  answer = () => hangs;
  const looks = [answers(), answers(), answers()];
  assert.deepEqual(await Promise.all(looks.slice(1)), [true, true], "while one is on its way");
  fail(new Error("gone"));
  assert.deepEqual([await looks[0], await answers()], [false, false]);
  assert.equal(asked.length, 2);
});

Deno.test("an outage is logged when it begins and when it is over, and each failure is counted", async () => {
  let [fails, time] = [true, 0];
  const { store } = boundedStore({
    ...storeThat(() => Promise.reject(new Error("quota"))),
    get: () => fails ? Promise.reject(new Error("gone")) : Promise.resolve(undefined),
  }, { now: () => time });
  const count = () => [...failuresOf("store")].reduce((sum, { count }) => sum + count, 0);
  const before = count();

  const lines = await warnings(async () => {
    for (let i = 0; i < 10; i++) {
      fails = i % 2 === 0; // what a replica of Redis reads it answers, and what it writes it does not
      await store.get("a").catch(() => {});
    }
    time += 1000;
    for (let i = 0; i < 5; i++) await store.get("a");
  });

  assert.deepEqual(lines, [
    "The store of sessions fails: Error: gone",
    "The store of sessions answers again",
  ]);
  assert.equal(count() - before, 5);
});

Deno.test("a store that does not end what it was asked is asked little, until some of it has ended", async () => {
  let time = 0;
  const open: PromiseWithResolvers<undefined>[] = [];
  const { store } = boundedStore({
    ...storeThat(() => Promise.reject(new Error("not asked"))),
    get() {
      const call = Promise.withResolvers<undefined>();
      open.push(call);
      return call.promise;
    },
  }, { ms: 1, now: () => time });
  const ask = (times: number) =>
    Promise.allSettled(Array.from({ length: times }, () => store.get("a")));

  await ask(100);
  await ask(100);
  assert.equal(open.length, 100);
  time += 1000;
  await ask(100);
  assert.equal(open.length, 101);
  for (const call of open.splice(0)) call.resolve(undefined);
  await Promise.resolve();
  await ask(100);
  assert.equal(open.length, 100);
});

Deno.test("an id that is longer than any is not looked for, so that no store fails because of it", async () => {
  const tooLarge = () => Promise.reject(new TypeError("The key is too large"));
  const once = { get: tooLarge, add: tooLarge, set: tooLarge, delete: tooLarge };
  const { store, answers } = boundedStore({
    ...storeThat(tooLarge),
    once,
    extend: (key) => key.length > 1000 ? tooLarge() : Promise.resolve(),
  });
  const long = `session:${"x".repeat(4000)}`;

  assert.deepEqual([await store.get(long), await store.take(long)], [undefined, undefined]);
  await assert.rejects(store.once!.add(long, "", { ttl: 1000 }), { code: "bad_request" });
  assert.equal(await answers(), true);
});
