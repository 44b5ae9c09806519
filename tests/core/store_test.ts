import assert from "node:assert/strict";
import { MemorySessionStore } from "../../src/core/store.ts";

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

Deno.test("the oldest records make room when there are too many or they are too large", async () => {
  const few = new MemorySessionStore({ maxRecords: 2 });
  for (const id of ["a", "b", "c"]) await few.put(id, record(id), 1000);
  const small = new MemorySessionStore({ maxSize: 200 });
  for (const id of ["a", "b", "c"]) await small.put(id, record(id, "x".repeat(50)), 1000);

  assert.deepEqual([await few.get("a"), few.length], [undefined, 2]);
  assert.deepEqual([await small.get("a"), small.length], [undefined, 2]);
});

Deno.test("what is stored does not change with the object that was stored", async () => {
  const store = new MemorySessionStore();
  const body = { user: "u1" };
  await store.put("a", record("a", body), 1000);

  body.user = "someone else";

  assert.deepEqual((await store.get("a"))?.body, { user: "u1" });
});
