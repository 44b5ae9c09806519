import assert from "node:assert/strict";
import type { SessionRecord } from "../../src/sessions/store.ts";
import { type KvAtomicLike, type KvLike, kvStore } from "../../src/runtimes/deno_store.ts";

const RECORD: SessionRecord = { id: "s1", transport: "websocket", body: { user: "Zoë" } };
const MINUTE = 60_000;

/** Deno KV in memory, as `deploy_test.ts` has it for real: `Deno.openKv` needs a flag. */
function memoryKv(): KvLike {
  const entries = new Map<string, { value: unknown; versionstamp: string }>();
  let version = 0;
  const name = (key: readonly unknown[]) => JSON.stringify(key);
  const atomic = (): KvAtomicLike => {
    const checks: (() => boolean)[] = [];
    const changes: (() => void)[] = [];
    const operation: KvAtomicLike = {
      check({ key, versionstamp }) {
        checks.push(() => (entries.get(name(key))?.versionstamp ?? null) === versionstamp);
        return operation;
      },
      set(key, value) {
        const versionstamp = String(version++);
        changes.push(() => entries.set(name(key), { value: structuredClone(value), versionstamp }));
        return operation;
      },
      delete(key) {
        changes.push(() => entries.delete(name(key)));
        return operation;
      },
      commit() {
        const ok = checks.every((check) => check());
        if (ok) changes.forEach((change) => change());
        return Promise.resolve({ ok });
      },
    };
    return operation;
  };
  const none = { value: null, versionstamp: null };
  return { get: (key) => Promise.resolve({ key, ...entries.get(name(key)) ?? none }), atomic };
}

Deno.test("a record in KV is kept, and of two that take it one gets it", async () => {
  const kv = memoryKv();
  await kvStore(kv).put("one", RECORD, MINUTE);

  assert.equal(await kvStore(kv).get("two"), undefined);
  assert.deepEqual(await kvStore(kv).get("one"), RECORD);
  const taken = await Promise.all([kvStore(kv).take("one"), kvStore(kv).take("one")]);
  assert.deepEqual(taken.filter(Boolean), [RECORD]);
  assert.equal(await kvStore(kv).get("one"), undefined);
  assert.equal(await kvStore(kv).take("one"), undefined);
});

Deno.test("a record in KV ends with its time, unless that is extended", async () => {
  const store = kvStore(memoryKv());
  await store.put("short", RECORD, -1);
  await store.put("long", RECORD, 30);

  await store.extend("short", MINUTE);
  await store.extend("long", MINUTE);
  await store.extend("none", MINUTE);
  await new Promise((resolve) => setTimeout(resolve, 40));

  assert.equal(await store.get("short"), undefined);
  assert.equal(await store.take("short"), undefined);
  assert.deepEqual(await store.get("long"), RECORD);
  assert.equal(await store.get("none"), undefined);
});

Deno.test("a record that is extended while another one takes it is gone", async () => {
  const kv = memoryKv();
  const store = kvStore(kv);
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

Deno.test("of two processes that make a note in KV, one gets the other's", async () => {
  const kv = memoryKv();
  const [one, two] = [kvStore(kv).once, kvStore(kv).once];

  const known = await Promise.all([
    one.add("a", "one", { ttl: MINUTE }),
    two.add("a", "two", { ttl: MINUTE }),
  ]);
  const note = await one.get("a");
  await one.set("a", "over", { ttl: -1 });

  assert.deepEqual(known.filter((value) => value !== undefined), [note]);
  assert.equal(await two.get("a"), undefined, "its time is over");
  assert.equal(await two.add("a", "again", { ttl: MINUTE }), undefined);
  await one.delete("a");
  assert.equal(await two.get("a"), undefined);
});
