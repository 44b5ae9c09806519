/**
 * Hands over a file, piece by piece, to something that may fail, stop early, or never end.
 *
 * @module
 */
import { RunnerError } from "../../core/error.ts";
import { inTime, within } from "../../core/wait.ts";

/** How long the taker may take for one piece, or to finish, in ms. */
const TAKER_MS = 60_000;

type Chunk = Uint8Array<ArrayBuffer>;

/** A file that is being handed over. */
export interface HandOver<T> {
  /** Whether the taker wants no more: it has failed, or finished. */
  readonly over: boolean;
  /**
   * Hands over a piece as soon as the taker asks for it, unless it wants no more.
   *
   * @throws {RunnerError} `upload_failed` if it does not ask within a minute.
   */
  give(bytes: Chunk): Promise<void>;
  /**
   * Ends the file, and returns what the taker makes of it.
   *
   * @throws {RunnerError} `upload_failed` if it does not finish within a minute, and what it throws.
   */
  end(): Promise<T>;
  /** Fails the file; resolves when the taker has cleaned up, or does not within a minute. */
  fail(error: unknown): Promise<void>;
}

/**
 * Starts handing over a file. A stream in between would not let go of a piece that nobody takes.
 */
export function handOver<T>(take: (body: ReadableStream<Chunk>) => Promise<T>): HandOver<T> {
  let controller: ReadableStreamDefaultController<Chunk> | undefined;
  let asked = Promise.withResolvers<void>();
  let over = false;
  const stop = () => {
    over = true;
    controller = undefined;
    asked.resolve();
  };
  const body = new ReadableStream<Chunk>({
    start: (made) => void (controller = made),
    pull: () => asked.resolve(),
    cancel: stop,
  }, { highWaterMark: 0 });
  const taken = take(body);
  taken.then(stop, stop);
  return {
    get over() {
      return over;
    },
    async give(bytes) {
      if (!over) await inTime(TAKER_MS, asked.promise, tooSlow);
      if (over) return;
      asked = Promise.withResolvers();
      controller?.enqueue(bytes);
    },
    async end() {
      controller?.close();
      return await inTime(TAKER_MS, taken, tooSlow);
    },
    async fail(error) {
      controller?.error(error);
      await within(TAKER_MS, taken.catch(() => {})); // it fails too
    },
  };
}

function tooSlow(): never {
  throw new RunnerError("upload_failed", "The file could not be saved in time.");
}
