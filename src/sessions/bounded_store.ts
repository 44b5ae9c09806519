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
export const STORE_MS = 2000;
/** How long it is believed that a store answers, or does not, in ms. */
const FRESH_MS = 1000;
/** When to try again, in seconds. */
const RETRY_S = 5;
/** Nobody has a record under this key. */
const PROBE_KEY = "probe:";

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

/** How a store is bounded; given by tests. */
export interface BoundedStoreOptions {
  /** How long it may take, in ms. */
  readonly ms?: number;
  /** The clock, in ms. */
  readonly now?: () => number;
}

/**
 * Bounds the time of a store: what takes longer than two seconds, and what fails, is a
 * `store_unavailable` with status 503. What the store itself refuses keeps its code.
 */
export function boundedStore(
  store: SessionStore,
  { ms = STORE_MS, now = () => performance.now() }: BoundedStoreOptions = {},
): BoundedStore {
  // It always answers at once.
  if (store instanceof MemorySessionStore) return { store, answers: () => Promise.resolve(true) };
  const calls = boundedCalls("The store of sessions", { ms, now });
  const { once } = store;
  const bounded: SessionStore = {
    ...(once ? { once: boundedOnce(once, calls) } : {}),
    put: (key, record, ttl) => calls.run("put", () => store.put(key, record, ttl)),
    get: (key) => calls.run("get", () => store.get(key)),
    take: (key) => calls.run("take", () => store.take(key)),
    extend: (key, ttl) => calls.run("extend", () => store.extend(key, ttl)),
  };
  let askedAt = -Infinity;
  return {
    store: bounded,
    async answers() {
      const { last } = calls;
      if (last && now() - Math.max(last.at, askedAt) < FRESH_MS) return last.answered;
      askedAt = now(); // a time, and not the promise: on Workers that is of one request
      return await bounded.get(PROBE_KEY).then(() => true, () => false);
    },
  };
}

function boundedOnce(once: OnceStore, { run }: BoundedCalls): OnceStore {
  return {
    get: (key) => run("once_get", () => once.get(key)),
    add: (key, note, keeping) => run("once_add", () => once.add(key, note, keeping)),
    set: (key, note, keeping) => run("once_set", () => once.set(key, note, keeping)),
    delete: (key) => run("once_delete", () => once.delete(key)),
  };
}

/** Calls to something outside of the process that may fail, and hang. */
export interface BoundedCalls {
  /**
   * Waits for a call, though not longer than it may take. Failures are counted, and logged when they
   * begin.
   *
   * @param operation What is called, for the count.
   * @throws {RunnerError} `store_unavailable` when it fails or takes longer, else what it throws itself.
   */
  run<T>(operation: string, call: () => Promise<T>): Promise<T>;
  /** What came of the call that ended last, and when. */
  readonly last: { readonly at: number; readonly answered: boolean } | undefined;
}

/** Makes calls to something, such as "The store of sessions". */
export function boundedCalls(
  name: string,
  { ms, now }: Required<BoundedStoreOptions>,
): BoundedCalls {
  let last: BoundedCalls["last"];
  const ended = (answered: boolean) => {
    const changed = answered !== (last?.answered ?? true);
    last = { at: now(), answered };
    return changed;
  };
  return {
    get last() {
      return last;
    },
    async run(operation, call) {
      try {
        const result = await inTime(ms, call(), () => {
          throw new Error(`No answer in ${ms} ms`);
        });
        if (ended(true)) logger.warn("{name} answers again", { name });
        return result;
      } catch (cause) {
        if (cause instanceof RunnerError) throw cause;
        countFailure("store", operation);
        if (ended(false)) logger.error("{name} fails: {error}", { name, error: cause });
        const detail = `${name} does not answer. Try again in a moment.`;
        throw new RunnerError("store_unavailable", detail, { retryAfter: RETRY_S, cause });
      }
    },
  };
}
