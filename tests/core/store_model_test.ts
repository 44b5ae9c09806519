import assert from "node:assert/strict";
import fc from "fast-check";
import { MemorySessionStore, type SessionRecord } from "../../src/sessions/store.ts";

interface Stored {
  readonly key: string;
  readonly json: string;
  readonly expires: number;
  readonly call: boolean;
}

/** The simplest store that is right: it looks at every record, every time. */
class NaiveStore {
  #entries: Stored[] = [];
  #maxRecords: number;
  #maxSize: number;
  #now: () => number;

  constructor(options: { maxRecords: number; maxSize: number; now: () => number }) {
    this.#maxRecords = options.maxRecords;
    this.#maxSize = options.maxSize;
    this.#now = options.now;
  }

  get length(): number {
    return this.#live().length;
  }

  /** Tells whether there was room. */
  put(key: string, record: SessionRecord, ttl: number): boolean {
    const call = record.call !== undefined;
    const json = JSON.stringify(record);
    const share = this.#live().filter((entry) => entry.key !== key && entry.call === call);
    const size = share.reduce((sum, entry) => sum + entry.json.length, json.length);
    if (share.length >= this.#maxRecords || size > this.#maxSize) return false;
    this.#put({ key, json, call, expires: this.#now() + ttl });
    return true;
  }

  get(key: string): SessionRecord | undefined {
    const entry = this.#find(key);
    return entry && JSON.parse(entry.json);
  }

  take(key: string): SessionRecord | undefined {
    const record = this.get(key);
    this.#remove(key);
    return record;
  }

  extend(key: string, ttl: number): void {
    const entry = this.#find(key);
    if (entry) this.#put({ ...entry, expires: this.#now() + ttl });
  }

  #put(entry: Stored): void {
    this.#remove(entry.key);
    this.#entries.push(entry);
  }

  #live() {
    return this.#entries.filter(({ expires }) => expires > this.#now());
  }

  #find(key: string) {
    return this.#live().find((entry) => entry.key === key);
  }

  #remove(key: string): void {
    this.#entries = this.#entries.filter((entry) => entry.key !== key);
  }
}

const key = fc.constantFrom("a", "b", "c", "d", "e", "f");
const ttl = fc.constantFrom(5, 10, 60);
const step = fc.oneof(
  fc.record({ kind: fc.constant("put"), key, ttl, call: fc.boolean(), characters: fc.nat(80) }),
  fc.record({ kind: fc.constant("get"), key }),
  fc.record({ kind: fc.constant("take"), key }),
  fc.record({ kind: fc.constant("extend"), key, ttl }),
  fc.record({ kind: fc.constant("pass"), ms: fc.nat(12) }),
);

Deno.test("whatever is done to it, it holds what the simplest store would hold", async () => {
  const limits = fc.record({
    maxRecords: fc.integer({ min: 1, max: 8 }),
    maxSize: fc.integer({ min: 1, max: 500 }),
  });
  const steps = fc.array(step, { maxLength: 100, size: "max" });

  await fc.assert(
    fc.asyncProperty(limits, steps, async (limits, steps) => {
      let time = 0;
      const now = () => time;
      const store = new MemorySessionStore({ ...limits, now });
      const naive = new NaiveStore({ ...limits, now });
      for (const step of steps) {
        if (step.kind === "pass") time += step.ms;
        if (step.kind === "put") {
          const record = {
            id: step.key,
            transport: "webrtc",
            body: "x".repeat(step.characters),
          } as const;
          const call = step.call ? { call: { callId: step.key } } : {};
          const put = store.put(step.key, { ...record, ...call }, step.ttl);
          const stored = await put.then(() => true, ({ code }) => code !== "store_full");
          assert.equal(stored, naive.put(step.key, { ...record, ...call }, step.ttl));
        }
        if (step.kind === "get") assert.deepEqual(await store.get(step.key), naive.get(step.key));
        if (step.kind === "take") {
          assert.deepEqual(await store.take(step.key), naive.take(step.key));
        }
        if (step.kind === "extend") {
          await store.extend(step.key, step.ttl);
          naive.extend(step.key, step.ttl);
        }
        assert.equal(store.length, naive.length);
      }
    }),
    { numRuns: 500 },
  );
});
