/** One value that React can watch with `useSyncExternalStore`. */
export interface Store<T> {
  /** The value now; a new object after every change. */
  get(): T;
  /** Changes some fields. */
  patch(change: Partial<T>): void;
  /** Changes some fields at once, and lets the listeners know with the next picture. */
  patchSoon(change: Partial<T>): void;
  /** Calls back after every change; returns the way to stop. */
  subscribe(listener: () => void): () => void;
}

/** Makes a store. */
export function createStore<T extends object>(initial: T): Store<T> {
  let value = initial;
  let frame: number | undefined;
  const listeners = new Set<() => void>();
  const tell = (): void => {
    frame = undefined;
    for (const listener of listeners) listener();
  };
  return {
    get: () => value,
    patch(change) {
      value = { ...value, ...change };
      if (frame !== undefined) cancelAnimationFrame(frame);
      tell();
    },
    patchSoon(change) {
      value = { ...value, ...change };
      frame ??= requestAnimationFrame(tell);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
