import assert from "node:assert/strict";
import { boundedStore, storeHealth } from "../../src/sessions/bounded_store.ts";
import { RunnerError } from "../../src/core/error.ts";
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
  const store = boundedStore(storeThat(() => new Promise(() => {})), 20);

  for (const operation of operations(store)) {
    await assert.rejects(operation, { code: "store_unavailable", status: 503, retryAfter: 5 });
  }
});

Deno.test("a store that fails is not available, and one that refuses says why", async () => {
  const failing = boundedStore(storeThat(() => Promise.reject(new Error("quota"))));
  const refusing = boundedStore(
    storeThat(() => Promise.reject(new RunnerError("too_large", "Too large."))),
  );

  for (const operation of operations(failing)) {
    await assert.rejects(operation, { code: "store_unavailable" });
  }
  for (const operation of operations(refusing)) {
    await assert.rejects(operation, { code: "too_large", status: 413 });
  }
});

Deno.test("a store that answers is as it was, and that of this process is not in anybody's way", async () => {
  const memory = new MemorySessionStore();
  const other = boundedStore({
    put: (...call) => memory.put(...call),
    get: (key) => memory.get(key),
    take: (key) => memory.take(key),
    extend: (...call) => memory.extend(...call),
  });
  await other.put("a", RECORD, 1000);

  assert.equal(boundedStore(memory), memory);
  assert.deepEqual(await other.get("a"), RECORD);
  await other.extend("a", 2000);
  assert.deepEqual(await other.take("a"), RECORD);
  assert.equal(await other.get("a"), undefined);
});

Deno.test("a store is looked at once a second, however often one asks", async () => {
  let asked = 0;
  const memory = new MemorySessionStore();
  const get = memory.get.bind(memory);
  memory.get = (key) => {
    asked++;
    return get(key);
  };
  const answers = storeHealth(memory);

  assert.deepEqual([await answers(), await answers(), await answers()], [true, true, true]);
  assert.equal(asked, 1);
});
