import assert from "node:assert/strict";
import { kvFleet } from "../../src/runtimes/deno_fleet.ts";
import { kvStore } from "../../src/runtimes/deno_store.ts";
import type { SessionRecord } from "../../src/sessions/store.ts";
import { memoryKv, shiftedDate } from "../support/memory_kv.ts";
import type { KvListLike } from "../../src/runtimes/kv.ts";
import { testFleet } from "./fleet_contract.ts";
import { testStore } from "./store_contract.ts";

const RECORD: SessionRecord = { id: "s1", transport: "websocket", body: { user: "Zoë" } };
const MINUTE = 60_000;

function share() {
  const date = shiftedDate();
  return {
    kv: memoryKv(),
    pass: date.pass,
    [Symbol.asyncDispose]: () => Promise.resolve(date[Symbol.dispose]()),
  };
}

testFleet("KV in memory", () => {
  const shared = share();
  return { ...shared, join: () => kvFleet(shared.kv) };
}, { counted: false });

testStore("KV in memory", () => {
  const shared = share();
  return { ...shared, join: () => kvStore(shared.kv) };
}, { capped: false });

Deno.test("a record that is extended while another one takes it is gone", async () => {
  const store = kvStore(memoryKv());
  await store.put("one", RECORD, MINUTE);

  const [taken] = await Promise.all([store.take("one"), store.extend("one", MINUTE)]);

  assert.deepEqual(taken, RECORD);
  assert.equal(await store.get("one"), undefined);
});

Deno.test("a record that KV cannot hold is refused", async () => {
  const store = kvStore(memoryKv());

  await assert.rejects(store.put("one", { ...RECORD, body: "x".repeat(65_000) }, MINUTE), {
    code: "too_large",
    status: 413,
  });
});

Deno.test("a file that another process writes to is waited for", async () => {
  const kv = memoryKv();
  let locked = 0;
  const busy: KvListLike = {
    ...kv,
    atomic() {
      const atomic = kv.atomic();
      const { commit } = atomic;
      let attempts = 0;
      return Object.assign(atomic, {
        commit() {
          if (attempts++ === 2) return commit();
          locked++;
          return Promise.reject(new Error("database is locked"));
        },
      });
    },
  };
  const [store, fleet] = [kvStore(busy), kvFleet(busy)];

  await store.put("one", RECORD, MINUTE);
  await fleet.claim("s1", "http://10.0.0.1:7860");

  assert.deepEqual(await store.take("one"), RECORD);
  assert.equal(await fleet.owner("s1"), "http://10.0.0.1:7860");
  assert.equal(await store.once.add("key", "note", { ttl: MINUTE }), undefined);
  assert.equal(locked, 8);
});
