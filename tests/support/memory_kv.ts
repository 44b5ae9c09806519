/**
 * Deno KV in memory, which needs no flag. Whether it is like the real one, `tests/interop/deno_kv_test.ts`
 * knows: both pass the same tests.
 */
import type { KvAtomicLike, KvListLike } from "../../src/runtimes/kv.ts";

/** Makes an empty one. It forgets nothing by itself, as the real one does not at once. */
export function memoryKv(): KvListLike {
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
  return {
    get: (key) => Promise.resolve({ key, ...entries.get(name(key)) ?? none }),
    async *list({ prefix }) {
      const begin = name(prefix).slice(0, -1) + ",";
      for (const [key, entry] of [...entries]) {
        if (key.startsWith(begin)) yield { key: JSON.parse(key), ...await Promise.resolve(entry) };
      }
    },
    atomic,
  };
}

/** Lets `Date.now` go ahead, until it is disposed. */
export function shiftedDate(): { pass(ms: number): void; [Symbol.dispose](): void } {
  const { now } = Date;
  let shift = 0;
  Date.now = () => now() + shift;
  return {
    pass: (ms) => void (shift += ms),
    [Symbol.dispose]: () => void (Date.now = now),
  };
}
