/**
 * A store that answers in time, or is said not to.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { type BoundedCalls, boundedCalls, type BoundedCallsOptions } from "./bounded_calls.ts";
import type { OnceStore } from "./once.ts";
import { MemorySessionStore, type SessionStore } from "./store.ts";

/** How long it is believed that a store answers, or does not, in ms. */
const FRESH_MS = 1000;
/** Nobody has a record under this key. */
const PROBE_KEY = "probe:";
/** More characters than any key has. Strangers write some of them into addresses, and stores have limits. */
const LONGEST_KEY = 340;

/** A store whose answers are waited for no longer than they may take. */
export interface BoundedStore {
  /** The store itself. */
  readonly store: SessionStore;
  /**
   * Tells whether it answers: by what was asked of it within the last second, else by asking it, once a
   * second at most. Those who want to know meanwhile are told what was known before.
   */
  answers(): Promise<boolean>;
}

/**
 * Bounds the time of a store: what takes longer than two seconds, and what fails, is a
 * `store_unavailable` with status 503. What the store itself refuses keeps its code.
 */
export function boundedStore(
  store: SessionStore,
  options: BoundedCallsOptions = {},
): BoundedStore {
  // It always answers at once.
  if (store instanceof MemorySessionStore) return { store, answers: () => Promise.resolve(true) };
  const { now = () => performance.now() } = options;
  const calls = boundedCalls("The store of sessions", { ...options, now });
  const { once } = store;
  const bounded: SessionStore = {
    ...(once ? { once: boundedOnce(once, calls) } : {}),
    put: (key, record, ttl) => calls.run("put", () => store.put(key, record, ttl)),
    get: async (key) => isKey(key) ? await calls.run("get", () => store.get(key)) : undefined,
    take: async (key) => isKey(key) ? await calls.run("take", () => store.take(key)) : undefined,
    extend: (key, ttl) => calls.run("extend", () => store.extend(key, ttl)),
  };
  let askedAt = -Infinity;
  return {
    store: bounded,
    async answers() {
      const { last } = calls;
      if (last && now() - Math.max(last.at, askedAt) < FRESH_MS) return last.answered;
      askedAt = now(); // a time, and not the promise: on Workers that is of one request
      // One that can be read and not written to, as a replica of Redis, is of no use.
      return await bounded.extend(PROBE_KEY, FRESH_MS).then(() => true, () => false);
    },
  };
}

/** Whether there may be anything under a key. */
function isKey(key: string): boolean {
  return key.length <= LONGEST_KEY;
}

function boundedOnce(once: OnceStore, { run }: BoundedCalls): OnceStore {
  return {
    get: (key) => run("once_get", () => once.get(key)),
    add: (key, note, keeping) =>
      run("once_add", () => {
        if (isKey(key)) return once.add(key, note, keeping);
        throw new RunnerError("bad_request", "The id is too long.");
      }),
    set: (key, note, keeping) => run("once_set", () => once.set(key, note, keeping)),
    delete: (key) => run("once_delete", () => once.delete(key)),
  };
}
