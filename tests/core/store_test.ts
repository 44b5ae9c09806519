import assert from "node:assert/strict";
import { MemorySessionStore } from "../../src/sessions/store.ts";

function clock() {
  let time = 0;
  return { now: () => time, pass: (ms: number) => void (time += ms) };
}
const record = (id: string, body: unknown = {}) => ({ id, transport: "webrtc", body }) as const;

Deno.test("a record can be read until its time is over", async () => {
  const { now, pass } = clock();
  const store = new MemorySessionStore({ now });
  await store.put("a", record("a", { user: 1 }), 1000);

  pass(999);
  assert.deepEqual(await store.get("a"), record("a", { user: 1 }));
  pass(1);
  assert.equal(await store.get("a"), undefined);
  assert.equal(store.length, 0);
});

Deno.test("of two takers one gets the record", async () => {
  const store = new MemorySessionStore();
  await store.put("a", record("a"), 1000);

  const taken = await Promise.all([store.take("a"), store.take("a")]);

  assert.deepEqual(taken, [record("a"), undefined]);
});

Deno.test("an extended record lives on, an expired one cannot be revived", async () => {
  const { now, pass } = clock();
  const store = new MemorySessionStore({ now });
  await store.put("a", record("a"), 1000);
  await store.put("b", record("b"), 1000);

  pass(900);
  await store.extend("a", 1000);
  pass(900);
  await store.extend("b", 1000);

  assert.ok(await store.get("a"));
  assert.equal(await store.get("b"), undefined);
});

Deno.test("a store that is full refuses what is new, and keeps what it has promised", async () => {
  const { now, pass } = clock();
  const few = new MemorySessionStore({ maxRecords: 2, now });
  const small = new MemorySessionStore({ maxSize: 200 });
  for (const id of ["a", "b"]) {
    await few.put(id, record(id), 1000);
    await small.put(id, record(id, "x".repeat(50)), 1000);
  }

  const refusal = { code: "store_full", status: 503, retryAfter: 5 };
  await assert.rejects(few.put("c", record("c"), 1000), refusal);
  await assert.rejects(small.put("c", record("c", "x".repeat(50)), 1000), refusal);
  await assert.rejects(small.put("a", record("a", "x".repeat(150)), 1000), refusal);
  await few.put("a", record("a", "again"), 1000);
  await few.extend("b", 2000);

  assert.deepEqual(await few.get("a"), record("a", "again"));
  assert.deepEqual(await small.get("a"), record("a", "x".repeat(50)));
  assert.deepEqual([few.length, small.length], [2, 2]);
  pass(1000);
  await few.put("c", record("c"), 1000);
  assert.equal(few.length, 2); // "a" has expired
});

Deno.test("phone calls and other sessions do not take each other's room", async () => {
  const store = new MemorySessionStore({ maxRecords: 2, maxSize: 1000 });
  const call = (callId: string) => ({ ...record(callId), call: { callId } });
  for (const id of ["a", "b"]) await store.put(id, record(id), 1000);

  await store.put("c1", call("c1"), 1000);
  await store.put("c2", call("c2"), 1000);

  await assert.rejects(store.put("c3", call("c3"), 1000), { code: "store_full" });
  await assert.rejects(store.put("c", record("c"), 1000), { code: "store_full" });
  await store.take("c1");
  await store.put("c3", call("c3"), 1000);
  assert.equal(store.length, 4);
});

Deno.test("what is stored does not change with the object that was stored", async () => {
  const store = new MemorySessionStore();
  const body = { user: "u1" };
  await store.put("a", record("a", body), 1000);

  body.user = "someone else";

  assert.deepEqual((await store.get("a"))?.body, { user: "u1" });
});
