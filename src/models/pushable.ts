/**
 * Things that come by callback, as something to iterate.
 *
 * @module
 */

/** What is pushed into it comes out of it, in order, to one reader. */
export interface Pushable<T> extends AsyncIterableIterator<T, undefined> {
  /** Adds an item, which is kept until it is read; does nothing after the end, or when nobody reads on. */
  push(item: T): void;
  /** Ends it behind what was pushed. */
  end(): void;
}

/** Makes one that is empty. */
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
