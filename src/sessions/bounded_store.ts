/**
 * A store that answers in time, or is said not to.
 *
 * @module
 */
import { getLogger } from "../core/log.ts";
import { RunnerError } from "../core/error.ts";
import { countFailure } from "../core/failures.ts";
import type { OnceStore } from "./once.ts";
import { MemorySessionStore, type SessionStore } from "./store.ts";
import { inTime } from "../core/wait.ts";

const logger = getLogger(["pipecat", "runner", "store"]);

/** How long a store may take, in ms: a client waits for it, or a carrier with a caller. */
const STORE_MS = 2000;
/** How long it is believed that a store answers, or does not, in ms. */
const FRESH_MS = 1000;
/** When to try again, in seconds. */
const RETRY_S = 5;
/** Nobody has a record under this key. */
const PROBE_KEY = "probe:";

/**
 * Bounds the time of a store: what takes longer than two seconds, and what fails, is a
 * `store_unavailable` with status 503. What the store itself refuses keeps its code.
 */
export function boundedStore(store: SessionStore, ms: number = STORE_MS): SessionStore {
  if (store instanceof MemorySessionStore) return store; // it always answers at once
  const { once } = store;
  return {
    ...(once ? { once: boundedOnce(once, ms) } : {}),
    put: (key, record, ttl) => bounded("put", ms, store.put(key, record, ttl)),
    get: (key) => bounded("get", ms, store.get(key)),
    take: (key) => bounded("take", ms, store.take(key)),
    extend: (key, ttl) => bounded("extend", ms, store.extend(key, ttl)),
  };
}

function boundedOnce(once: OnceStore, ms: number): OnceStore {
  return {
    get: (key) => bounded("once_get", ms, once.get(key)),
    add: (key, note, keeping) => bounded("once_add", ms, once.add(key, note, keeping)),
    set: (key, note, keeping) => bounded("once_set", ms, once.set(key, note, keeping)),
    delete: (key) => bounded("once_delete", ms, once.delete(key)),
  };
}

/** Tells whether a store answers, which is asked at most once a second. */
export type StoreHealth = () => Promise<boolean>;

/** Makes a look at a store that is bounded. */
export function storeHealth(store: SessionStore): StoreHealth {
  let last: { readonly at: number; readonly answers: boolean } | undefined;
  return async () => {
    if (last && performance.now() - last.at < FRESH_MS) return last.answers;
    const answers = await store.get(PROBE_KEY).then(() => true, () => false);
    last = { at: performance.now(), answers };
    return answers;
  };
}

async function bounded<T>(operation: string, ms: number, answer: Promise<T>): Promise<T> {
  try {
    return await inTime(ms, answer, () => {
      throw new Error(`No answer in ${ms} ms`);
    });
  } catch (cause) {
    if (cause instanceof RunnerError) throw cause;
    countFailure("store", operation);
    logger.error("The store of sessions fails: {error}", { error: cause });
    const detail = "The store of sessions does not answer. Try again in a moment.";
    throw new RunnerError("store_unavailable", detail, { retryAfter: RETRY_S, cause });
  }
}
