import assert from "node:assert/strict";
import { kvFleet } from "../../src/runtimes/deno_fleet.ts";
import { kvStore } from "../../src/runtimes/deno_store.ts";
import type { SessionRecord } from "../../src/sessions/store.ts";
import { memoryKv, shiftedDate } from "../support/memory_kv.ts";
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
});

testStore("KV in memory", () => {
  const shared = share();
  return { ...shared, join: () => kvStore(shared.kv) };
});

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
