/**
 * Waiting, but never for ever: every timer here ends with its purpose.
 *
 * @module
 */

/** The longest time that a timer can wait, in ms. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What a host may have beyond the standard: its next turn, where a timer takes a millisecond. */
interface Turns {
  setTimeout(callback: () => void): unknown;
  setImmediate?(callback: () => void): unknown;
}

function anotherTurn(): Promise<void> {
  const { setTimeout, setImmediate = setTimeout }: Turns = globalThis;
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Waits for a time in ms, or until the signal aborts; 0 waits for another turn of the event loop. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  if (ms === 0) return anotherTurn();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, signal?.aborted ? 0 : Math.max(0, ms));
    signal?.addEventListener("abort", done);
  });
}

/**
 * What settles within this many microtasks was already there: a timer for it costs more than
 * everything else.
 */
const AT_ONCE = 4;

/**
 * Waits for a promise, though not longer than a time in ms.
 *
 * @param late Gives the result, or throws, when the promise takes longer.
 */
export async function inTime<T, L>(
  ms: number,
  promise: Promise<T>,
  late: () => L,
): Promise<T | L> {
  let settled = false;
  const settle = () => void (settled = true);
  promise.then(settle, settle);
  for (let i = 0; i < AT_ONCE && !settled; i++) await undefined;
  if (settled) return await promise;
  const { promise: timeout, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, Math.min(Math.max(0, ms), LONGEST_TIMER_MS));
  try {
    return await Promise.race([promise, timeout.then(late)]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for a promise, at most for a time in ms; returns whether it resolved in time. */
export function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  return inTime(ms, promise.then(() => true), () => false);
}

/** Runs something with a signal that aborts after a time in ms, and earlier when another does. */
export async function abortedAfter<T>(
  ms: number,
  run: (signal: AbortSignal) => Promise<T>,
  other?: AbortSignal,
): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  const { signal } = controller;
  try {
    return await run(other ? AbortSignal.any([other, signal]) : signal);
  } finally {
    clearTimeout(timer);
  }
}

/** A signal that aborts once nothing has gone on for some time. */
export interface IdleSignal {
  readonly signal: AbortSignal;
  /** Something goes on: it has as much time again. */
  again(): void;
  /** Nothing is waited for any more. */
  end(): void;
}

/** Makes a signal that aborts after a time in ms in which nothing goes on; its owner ends it. */
export function abortedWhenIdle(ms: number): IdleSignal {
  const controller = new AbortController();
  const begin = () => setTimeout(() => controller.abort(), ms);
  let timer: ReturnType<typeof begin> | undefined = begin();
  return {
    signal: controller.signal,
    again() {
      if (timer === undefined) return; // it is over
      clearTimeout(timer);
      timer = begin();
    },
    end() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
