import assert from "node:assert/strict";
import fc from "fast-check";
import { MemorySessionStore, type SessionRecord } from "../../src/core/store.ts";

/** The simplest store that is right: it looks at every record, every time. */
class NaiveStore {
  #entries: { readonly key: string; readonly json: string; readonly expires: number }[] = [];
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

  put(key: string, record: SessionRecord, ttl: number): void {
    this.#put(key, JSON.stringify(record), ttl);
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
    if (entry) this.#put(key, entry.json, ttl);
  }

  #put(key: string, json: string, ttl: number): void {
    this.#remove(key);
    this.#entries = this.#live();
    const size = () => this.#entries.reduce((sum, entry) => sum + entry.json.length, json.length);
    while (this.#entries.length >= this.#maxRecords || size() > this.#maxSize) {
      if (!this.#entries.shift()) break;
    }
    this.#entries.push({ key, json, expires: this.#now() + ttl });
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
  fc.record({ kind: fc.constant("put"), key, ttl, characters: fc.nat(80) }),
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
          await store.put(step.key, record, step.ttl);
          naive.put(step.key, record, step.ttl);
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
