/**
 * Turns callbacks into something to iterate.
 *
 * @module
 */

/** Items pushed into it come out in order, for one reader. */
export interface Pushable<T> extends AsyncIterableIterator<T, undefined> {
  /**
   * Adds an item, which is kept until it is read; does nothing after the end, or if nobody reads
   * any longer.
   */
  push(item: T): void;
  /** Ends it after the items already pushed. */
  end(): void;
}

/** Makes an empty one. */
export function pushable<T>(): Pushable<T> {
  const items: { readonly value: T }[] = [];
  let ended = false;
  let wake: (() => void) | undefined;
  const end = () => {
    ended = true;
    wake?.();
  };
  return {
    push(value) {
      if (ended) return;
      items.push({ value });
      wake?.();
    },
    end,
    async next() {
      while (items.length === 0 && !ended) await new Promise<void>((resolve) => wake = resolve);
      const item = items.shift();
      return item ? { done: false, ...item } : { done: true, value: undefined };
    },
    return() {
      items.length = 0;
      end();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
