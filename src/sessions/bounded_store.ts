/**
 * A store that answers in time, or fails in time.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { countFailure } from "../core/failures.ts";
import { getLogger } from "../core/log.ts";
import { inTime } from "../core/wait.ts";
import type { OnceStore } from "./once.ts";
import { MemorySessionStore, type SessionStore } from "./store.ts";

const logger = getLogger(["pipecat", "runner", "store"]);

/** How long a store may take, in ms: a client waits for it, or a carrier with a caller. */
const CALL_MS = 2000;
/**
 * The most abandoned calls that have not ended, each with everything it holds. Beyond that, one a
 * second is tried until some have ended.
 */
const MOST_OVERDUE = 100;
const TRY_MS = 1000;
/**
 * How long nothing must fail before the log says that all is well, in ms: a partial failure is
 * logged once.
 */
const WELL_MS = 1000;
/** When to try again, in seconds. */
const RETRY_S = 5;
/** How long the last result of whether a store answers is used, in ms. */
const FRESH_MS = 1000;
/** Nobody has a record under this key. */
const PROBE_KEY = "probe:";
/**
 * More characters than any key has. Strangers write some of them into addresses, and stores have
 * limits.
 */
const LONGEST_KEY = 340;

/** A store whose answers have a time limit. */
export interface BoundedStore {
  /** The store itself. */
  readonly store: SessionStore;
  /**
   * Tells whether it answers: from the requests of the last second, else by asking it, at most once
   * a second. Meanwhile others get the last known result.
   */
  answers(): Promise<boolean>;
}

/**
 * Bounds the time of a store: a call that takes longer than two seconds, or fails, is a
 * `store_unavailable` with status 503. The store's own refusals keep their code.
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
      askedAt = now(); // a time instead of the promise, which on Workers belongs to one request
      // A store that can only be read, such as a replica of Redis, is useless.
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

/** How calls are bounded; given by tests. */
export interface BoundedCallsOptions {
  /** How long one may take, in ms. */
  readonly ms?: number;
  /** The clock, in ms. */
  readonly now?: () => number;
}

/** Calls that may fail or hang. */
export interface BoundedCalls {
  /**
   * Waits for a call, up to its time limit. Failures are counted, and logged when they begin.
   *
   * @param operation The name of the call, for the count.
   * @throws {RunnerError} `store_unavailable` if it fails or takes longer, else what it throws
   * itself.
   */
  run<T>(operation: string, call: () => Promise<T>): Promise<T>;
  /** The result of the call that ended last, and when. */
  readonly last: { readonly at: number; readonly answered: boolean } | undefined;
}

/** Makes calls to something, such as "The store of sessions". */
export function boundedCalls(
  name: string,
  { ms = CALL_MS, now = () => performance.now() }: BoundedCallsOptions,
): BoundedCalls {
  let last: BoundedCalls["last"];
  let failedAt: number | undefined;
  let overdue = 0;
  let triedAt = -Infinity;

  async function attempt<T>(call: () => Promise<T>): Promise<T> {
    if (overdue >= MOST_OVERDUE && now() - triedAt < TRY_MS) {
      throw new Error(`${overdue} calls have not ended`);
    }
    triedAt = now();
    const calling = call();
    return await inTime(ms, calling, () => {
      overdue++;
      const end = () => void overdue--;
      calling.then(end, end);
      throw new Error(`No answer in ${ms} ms`);
    });
  }

  function succeeded(): void {
    const at = now();
    last = { at, answered: true };
    if (failedAt === undefined || at - failedAt < WELL_MS) return;
    failedAt = undefined;
    logger.warn("{name} answers again", { name });
  }

  function failed(error: unknown): void {
    const at = now();
    last = { at, answered: false };
    if (failedAt === undefined) logger.error("{name} fails: {error}", { name, error });
    failedAt = at;
  }

  return {
    get last() {
      return last;
    },
    async run(operation, call) {
      try {
        const result = await attempt(call);
        succeeded();
        return result;
      } catch (cause) {
        if (cause instanceof RunnerError) throw cause;
        countFailure("store", operation);
        failed(cause);
        const detail = `${name} does not answer. Try again in a moment.`;
        throw new RunnerError("store_unavailable", detail, { retryAfter: RETRY_S, cause });
      }
    },
  };
}
