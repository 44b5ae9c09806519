/**
 * A writable that a careless writer can neither fill without end nor stall the process with.
 *
 * A writable stream keeps all that is written without waiting, and a writer that waits for nothing but
 * its own writes never lets anything else run if these are done at once. Either would be one bot's
 * fault, and the end of all the others in its process.
 *
 * @module
 */
import { getLogger } from "./log.ts";
import { delay } from "./wait.ts";

const logger = getLogger(["pipecat", "runner", "session"]);

/** After so many writes the next one waits for a turn of the event loop. */
const WRITES_PER_TURN = 16;
/** The same for items that nobody takes: they are gone soon, but not all at one go. */
const DROPS_PER_TURN = 256;
/** How long every write takes once nobody hears any more, in ms. */
const LAST_TURN_MS = 20;
/** The most that may wait in the stream, in bytes: more than five minutes of speech at 24 kHz. */
const MOST_WAITING = 16 << 20;

/** Where what is written goes. */
export interface BoundedSink<T> {
  /** Takes an item, unless it is over; resolves when there is room for the next one. */
  write(item: T): Promise<void> | void;
  /**
   * Makes a writer's item our own as it is written, so that the writer may use it again. What it throws
   * refuses this one write, and the stream goes on. Default: items stay the writer's.
   */
  own?(item: T): T;
  /** How much memory an item takes, in bytes. */
  weigh(item: T): number;
  /** The writer has closed the stream, and all was taken. */
  close(): Promise<void> | void;
  /** The writer has given up. */
  abort(): void;
  /** Whether nobody hears any more. */
  over(): boolean;
}

/** A bounded queue behind a writable stream. */
export interface BoundedWritable<T> {
  readonly writable: WritableStream<T>;
  /** How many items were ever written. */
  readonly entered: number;
  /** How many of them have left the stream's own queue, where nobody can see them. */
  readonly left: number;
}

/**
 * Makes a writable for what is heard in real time. Of what a writer has written without waiting the
 * oldest is dropped, once it is more than 16 MiB.
 *
 * @param room How many items may be written before the writer is asked to wait.
 */
export function boundedWritable<T>(sink: BoundedSink<T>, room: number): BoundedWritable<T> {
  let entered = 0;
  let left = 0;
  let waiting = 0;
  let dropped = 0;
  /** Ends the wait for room. */
  let hurry: (() => void) | undefined;
  /** Settles when the sink has taken its last item, even after a wait that was ended. */
  let taking: Promise<void> | undefined;

  /** A single item may be longer than that: it is no reason to drop the one before it. */
  const tooMuchWaits = () => waiting > MOST_WAITING && entered - left > 1;
  const drop = (): Promise<void> | undefined => {
    if (dropped++ === 0 && !sink.over()) {
      logger.warn("A bot writes much more than can be heard, without waiting; the oldest is lost");
    }
    return dropped % DROPS_PER_TURN === 0 ? delay(0) : undefined;
  };
  /** Waits, until so much waits behind that the stream has to get on. */
  const patiently = (promise: Promise<void>) =>
    new Promise<void>((resolve, reject) => {
      hurry = resolve;
      promise.then(resolve, reject);
    });
  const take = (item: T): Promise<void> | undefined => {
    const taken = sink.write(item);
    if (!taken) return left % WRITES_PER_TURN > 0 ? undefined : delay(0);
    const done = () => {
      if (taking === taken) taking = undefined;
    };
    taken.then(done, done);
    taking = taken;
    const room = patiently(taken);
    return left % WRITES_PER_TURN > 0 ? room : delay(0).then(() => room);
  };
  const writable = new WritableStream<T>({
    // The stream itself would let a write that waits for room come to its end first.
    start: ({ signal }) => signal.addEventListener("abort", () => sink.abort()),
    write(item) {
      left++;
      waiting = left === entered ? 0 : waiting - sink.weigh(item);
      if (sink.over()) return left === entered ? delay(LAST_TURN_MS) : drop();
      if (tooMuchWaits()) return drop();
      if (!taking) return take(item);
      // A long item is taken bit by bit: the next one must not get in between.
      return patiently(taking).then(() => tooMuchWaits() ? drop() : take(item));
    },
    close: () => sink.close(),
    abort: () => sink.abort(),
  }, {
    highWaterMark: room,
    // Called as an item enters.
    size(item) {
      entered++;
      waiting += sink.weigh(item);
      if (tooMuchWaits()) hurry?.();
      return 1;
    },
  });
  const { own } = sink;
  if (own) {
    const getWriter = writable.getWriter.bind(writable);
    writable.getWriter = () => owning(getWriter(), own);
  }
  return {
    writable,
    get entered() {
      return entered;
    },
    get left() {
      return left;
    },
  };
}

/** A writable stream is over as soon as a write fails; so what cannot be taken is refused before. */
function owning<T>(
  writer: WritableStreamDefaultWriter<T>,
  own: (item: T) => T,
): WritableStreamDefaultWriter<T> {
  const write = writer.write.bind(writer);
  return Object.assign(writer, {
    write(item: T): Promise<void> {
      try {
        return write(own(item));
      } catch (error) {
        return Promise.reject(error); // a stream's own writer never throws
      }
    },
  });
}
