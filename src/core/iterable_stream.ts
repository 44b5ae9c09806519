/**
 * Readable streams that can be left in the middle of a `for await`, and gone on with.
 *
 * @module
 */
import { delay } from "./wait.ts";

/**
 * A readable stream for `for await`, whichever type library a program is checked with. Unlike the
 * platform's, leaving the loop does not end the stream: the next loop continues. To end it, call
 * `cancel()`.
 */
export type IterableStream<T> = ReadableStream<T> & AsyncIterable<T>;

/**
 * Whoever keeps reading after the end must wait for each answer, or nothing else would ever run.
 */
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
        try {
          const read = await reader.read();
          if (!read.done) return read;
        } catch (error) {
          if (over) return { done: true, value: undefined }; // left while it waited
          leave();
          throw error;
        }
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
