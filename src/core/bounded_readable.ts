/**
 * A readable that never holds more than its cap: a reader that stops reading loses the oldest.
 *
 * @module
 */

/** A bounded queue in front of a readable stream. */
export interface BoundedReadable<T> {
  readonly readable: ReadableStream<T>;
  /** Adds an item; the oldest one is dropped when the queue is full. */
  push(item: T): void;
  /** Ends the stream once what is queued has been read. */
  end(): void;
}

/**
 * Makes a readable for live data, which must not grow when its reader is slow or gone.
 *
 * @param cap The largest number of items to hold.
 */
export function boundedReadable<T>(cap: number): BoundedReadable<T> {
  // Waiting items live here and not in the stream's own queue, which cannot drop its oldest.
  const waiting: T[] = [];
  let controller!: ReadableStreamDefaultController<T>;
  let ended = false;
  let hungry = false;
  const readable = new ReadableStream<T>({
    start(c) {
      controller = c;
    },
    pull() {
      if (waiting.length > 0) controller.enqueue(waiting.shift() as T); // never undefined: length > 0
      else if (ended) controller.close();
      else hungry = true;
    },
    cancel() {
      ended = true;
      waiting.length = 0;
    },
  }, { highWaterMark: 0 });
  return {
    readable,
    push(item) {
      if (ended) return;
      if (hungry) {
        hungry = false;
        controller.enqueue(item);
        return;
      }
      if (waiting.length >= cap) waiting.shift();
      waiting.push(item);
    },
    end() {
      if (ended) return;
      ended = true;
      if (hungry) controller.close();
    },
  };
}
