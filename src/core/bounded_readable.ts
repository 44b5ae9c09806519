/**
 * A readable that never holds more than its cap: a reader that stops reading loses the oldest.
 *
 * @module
 */
import { type IterableStream, iterableStream } from "./iterable_stream.ts";

/** A bounded queue in front of a readable stream. */
export interface BoundedReadable<T> {
  readonly readable: IterableStream<T>;
  /** How many items were dropped so far. */
  readonly dropped: number;
  /** Adds an item; drops the oldest one if the queue is full. */
  push(item: T): void;
  /** Ends the stream once the queued items have been read. */
  end(): void;
}

/** The most that may wait, in bytes, however few items that is. */
const MOST_BYTES = 2 << 20;

/**
 * Makes a readable for live data, which must not grow when its reader is slow or gone.
 *
 * @param cap The largest number of items to hold.
 * @param weigh Returns how much memory an item takes, in bytes; at most 2 MiB are held.
 */
export function boundedReadable<T>(
  cap: number,
  weigh: (item: T) => number = () => 0,
): BoundedReadable<T> {
  // Waiting items are here instead of in the stream's own queue, which cannot drop its oldest.
  const waiting: { readonly item: T; readonly size: number }[] = [];
  let bytes = 0;
  let controller!: ReadableStreamDefaultController<T>;
  let dropped = 0;
  let ended = false;
  let cancelled = false;
  /** Set while a reader waits. */
  let feed: ((next?: { readonly item: T }) => void) | undefined;
  const readable = new ReadableStream<T>({
    start(c) {
      controller = c;
    },
    pull() {
      const next = shift();
      if (next) return controller.enqueue(next.item);
      if (ended) return controller.close();
      // Not by the pusher, who may serve many sessions: what the reader does with an item, such as
      // logging or tracing it, belongs to the reader's own async context.
      return new Promise<{ readonly item: T } | undefined>((resolve) => feed = resolve)
        .then((given) => {
          if (given) controller.enqueue(given.item);
          else if (!cancelled) controller.close();
        });
    },
    cancel() {
      ended = true;
      cancelled = true;
      feed?.();
      waiting.length = 0;
    },
  }, { highWaterMark: 0 });
  const shift = () => {
    const next = waiting.shift();
    if (next) bytes -= next.size;
    return next;
  };
  return {
    readable: iterableStream(readable),
    get dropped() {
      return dropped;
    },
    push(item) {
      if (ended) return;
      if (feed) {
        feed({ item });
        feed = undefined;
        return;
      }
      const size = Math.min(weigh(item), MOST_BYTES + 1); // anything endless is simply too much
      waiting.push({ item, size });
      bytes += size;
      while (waiting.length > cap || bytes > MOST_BYTES) {
        shift();
        dropped++;
      }
    },
    end() {
      if (ended) return;
      ended = true;
      feed?.();
    },
  };
}
