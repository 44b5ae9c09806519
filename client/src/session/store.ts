/** One value that React can watch with `useSyncExternalStore`. */
export interface Store<T> {
  /** The value now; a new object after every change. */
  get(): T;
  /** Changes some fields. */
  patch(change: Partial<T>): void;
  /** Calls back after every change; returns the way to stop. */
  subscribe(listener: () => void): () => void;
}

/** Makes a store. */
export function createStore<T extends object>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    patch(change) {
      value = { ...value, ...change };
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
