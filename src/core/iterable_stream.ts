/**
 * Readable streams that can be left in the middle of a `for await`, and gone on with.
 *
 * @module
 */
import { delay } from "./wait.ts";

/**
 * A readable stream that `for await` takes, whichever library of types a program is checked with.
 * Leaving the loop does not end the stream, as it would by itself: the next loop goes on. Who wants no
 * more calls `cancel()`.
 */
export type IterableStream<T> = ReadableStream<T> & AsyncIterable<T>;

/** Who goes on asking what is over has to wait for each answer, or nothing else would ever run. */
const FREE_ANSWERS = 16;
const LATE_ANSWER_MS = 20;

/** Counts how often it was told that something is over. */
export function endTeller(): () => Promise<void> {
  let told = 0;
  return () => ++told > FREE_ANSWERS ? delay(LATE_ANSWER_MS) : Promise.resolve();
}

/**
 * Lets a stream be left and gone on with.
 *
 * @param left Called when a loop over it is left before the stream's end.
 */
export function iterableStream<T>(
  stream: ReadableStream<T>,
  left: () => void = () => {},
): IterableStream<T> {
  const ended = endTeller();
  const iterate = (): AsyncIterableIterator<T, undefined> => {
    const reader = stream.getReader();
    let over = false;
    const leave = () => {
      over = true;
      reader.releaseLock();
    };
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      async next() {
        if (over) return { done: true, value: undefined };
        const { done, value } = await reader.read().catch((error) => {
          if (over) return { done: true as const, value: undefined }; // left while it waited
          leave();
          throw error;
        });
        if (!done) return { done, value };
        if (!over) {
          leave();
          await ended();
        }
        return { done: true, value: undefined };
      },
      return() {
        if (!over) {
          leave();
          left();
        }
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  };
  return Object.assign(stream, { values: iterate, [Symbol.asyncIterator]: iterate });
}
