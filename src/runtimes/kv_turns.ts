/**
 * Deno KV in a file that several processes write: one at a time does, and the others try again.
 *
 * @module
 */
import { delay } from "../core/wait.ts";
import type { KvAtomicLike, KvLike } from "./kv.ts";

/** How long to try, in ms: whoever waits for a store waits 2 s. */
const PATIENCE_MS = 1500;
/** The longest pause between two attempts, in ms. A write takes a millisecond or two. */
const PAUSE_MS = 20;

/** Lets each call of a KV wait for its turn if another process writes to the same file. */
export function inTurns(kv: KvLike): KvLike {
  return {
    get: (key) => inTurn(() => kv.get(key)),
    atomic: () => atomicInTurn(kv.atomic()),
  };
}

function atomicInTurn(atomic: KvAtomicLike): KvAtomicLike {
  const waiting: KvAtomicLike = {
    check(entry) {
      atomic.check(entry);
      return waiting;
    },
    set(key, value, options) {
      atomic.set(key, value, options);
      return waiting;
    },
    delete(key) {
      atomic.delete(key);
      return waiting;
    },
    commit: () => inTurn(() => atomic.commit()),
  };
  return waiting;
}

async function inTurn<T>(call: () => Promise<T>): Promise<T> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isLocked(error) || performance.now() > until) throw error;
      await delay(1 + Math.random() * PAUSE_MS);
    }
  }
}

/**
 * SQLite's message for a file that somebody else is writing to; Deno KV has no error of its own for
 * it.
 */
function isLocked(error: unknown): boolean {
  return error instanceof Error && error.message.includes("database is locked");
}
