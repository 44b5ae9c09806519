/**
 * Live input, for several readers that may each stop and continue.
 *
 * @module
 */
import { endTeller, type IterableStream, iterableStream } from "./iterable_stream.ts";

/** The most that is kept for readers, in ms of sound, in bytes, and in number. */
const MOST_MS = 5000;
const MOST_BYTES = 2 << 20;
const MOST_ITEMS = 512;

/** A place in the input, from which one reader continues. */
export interface Place<T> {
  /** The next item, if it is there. */
  take(): T | undefined;
  /** The next item as soon as it arrives; undefined after the last. */
  next(): Promise<T | undefined>;
  /** Stops reading for now. Items are kept as for a slow reader. */
  stop(): void;
}

/**
 * Live items, kept for their readers: the latest 5 s of sound, and no more than 512 items and 2 MiB. A
 * reader that is further behind loses the oldest.
 */
export interface Incoming<T> {
  /**
   * A stream of all items. After it was cancelled, this is a new one, which continues where that
   * one stopped.
   */
  readonly readable: IterableStream<T>;
  /** How many items were lost to a reader so far, or to all while there was none. */
  readonly dropped: number;
  /**
   * Makes a reader. If another one is reading, it begins now; otherwise where the last one stopped,
   * and the first one at the beginning.
   */
  place(): Place<T>;
  /** Adds an item. */
  push(item: T): void;
  /** Calls back with each item as it arrives, for code that needs each and is told of no loss. */
  watch(listener: (item: T) => void): void;
  /** Says that nobody is going to read, which then is no fault. */
  disregard(): void;
  /** Ends it once the kept items were read. */
  end(): void;
}

/** What must be known about the items. */
export interface IncomingOptions<T> {
  /** The most items to keep. Default: 512. */
  readonly most?: number;
  /** How long an item sounds, in ms. */
  lasts(item: T): number;
  /** How much memory an item takes, in bytes. */
  weigh(item: T): number;
  /** Copies an item for another reader, who may change it. */
  copy(item: T): T;
  /** Called once, when something was lost to a reader, or since nobody reads. */
  unread?(): void;
  /** Called for every item that was lost so. */
  lost?(): void;
}

interface Reader<T> {
  /** The number of the item to read next. */
  next: number;
  reading: boolean;
  waiting: ((item: T | undefined) => void)[];
}

/** Makes an empty one. */
export function createIncoming<T>(options: IncomingOptions<T>): Incoming<T> {
  const { most = MOST_ITEMS, lasts, weigh, copy, unread } = options;
  const kept: { readonly item: T; readonly ms: number; readonly bytes: number }[] = [];
  /** The number of the oldest kept item, or of the next to come. */
  let first = 0;
  let keptMs = 0;
  let keptBytes = 0;
  /** Those who read, and those who have stopped and lost nothing yet. */
  const readers = new Set<Reader<T>>();
  /** Who has stopped last. */
  let stopped: Reader<T> | undefined;
  const watchers: ((item: T) => void)[] = [];
  let dropped = 0;
  let ended = false;
  let disregarded = false;
  const over = endTeller();

  const isRead = () => {
    for (const { reading } of readers) if (reading) return true;
    return false;
  };
  const forgetOldest = () => {
    const oldest = kept.shift();
    if (!oldest) return;
    first++;
    keptMs -= oldest.ms;
    keptBytes -= oldest.bytes;
  };
  const forgetWhatIsRead = () => {
    let next = Infinity;
    for (const reader of readers) next = Math.min(next, reader.next);
    while (first < next && kept.length > 0) forgetOldest();
  };
  const forgetTooMuch = () => {
    while (keptMs > MOST_MS || keptBytes > MOST_BYTES || kept.length > most) {
      forgetOldest();
      let lost = !isRead();
      for (const reader of readers) {
        if (reader.next >= first) continue;
        reader.next = first;
        if (reader.reading) lost = true;
        else readers.delete(reader);
      }
      if (!lost) continue;
      options.lost?.();
      if (dropped++ === 0 && !disregarded) unread?.();
    }
  };
  /** Hands an item to all readers at once, if all wait for it. */
  const handOver = (item: T): boolean => {
    if (readers.size === 0) return false;
    for (const { waiting } of readers) if (waiting.length === 0) return false;
    let given = 0;
    first++;
    for (const reader of readers) {
      reader.next = first;
      reader.waiting.shift()?.(given++ === 0 ? item : copy(item));
    }
    return true;
  };
  const take = (reader: Reader<T>): T | undefined => {
    reader.reading = true;
    readers.add(reader);
    reader.next = Math.max(reader.next, first);
    if (stopped === reader) stopped = undefined;
    const entry = kept[reader.next - first];
    if (!entry) return undefined;
    reader.next++;
    forgetWhatIsRead();
    return first < reader.next ? copy(entry.item) : entry.item;
  };
  const place = (): Place<T> => {
    let begin = first + kept.length;
    if (!isRead()) {
      begin = Math.max(first, stopped?.next ?? first);
      if (stopped) readers.delete(stopped);
      stopped = undefined;
    }
    const reader: Reader<T> = { next: begin, reading: false, waiting: [] };
    readers.add(reader);
    return {
      take: () => take(reader),
      next() {
        const item = take(reader);
        if (item !== undefined) return Promise.resolve(item);
        if (ended) return over().then(() => undefined);
        return new Promise((resolve) => reader.waiting.push(resolve));
      },
      stop() {
        reader.reading = false;
        if (readers.has(reader)) stopped = reader;
        for (const resolve of reader.waiting.splice(0)) resolve(undefined);
      },
    };
  };

  let current: IterableStream<T> | undefined;
  const stream = (): IterableStream<T> => {
    let at: Place<T> | undefined;
    let cancelled = false;
    const source = new ReadableStream<T>({
      pull(controller) {
        at ??= place();
        const item = at.take();
        if (item !== undefined) return controller.enqueue(item);
        // Not by the pusher, who may serve many sessions: what the reader does with an item, such
        // as logging or tracing it, belongs to the reader's own async context.
        return at.next().then((item) => {
          if (item !== undefined) controller.enqueue(item);
          else if (!cancelled) controller.close();
        });
      },
      cancel() {
        // Who has never read does not want to.
        if (at) at.stop();
        else disregarded = true;
        cancelled = true;
        current = undefined;
      },
    }, { highWaterMark: 0 });
    return iterableStream(source, () => at?.stop());
  };

  return {
    get readable() {
      return current ??= stream();
    },
    get dropped() {
      return dropped;
    },
    place,
    push(item) {
      if (ended) return;
      for (const listener of watchers) listener(item);
      if (kept.length === 0 && handOver(item)) return;
      const ms = lasts(item);
      const bytes = Math.min(weigh(item), MOST_BYTES + 1); // anything endless is simply too much
      kept.push({ item, ms, bytes });
      keptMs += ms;
      keptBytes += bytes;
      for (const reader of readers) {
        if (reader.waiting.length > 0) reader.waiting.shift()?.(take(reader));
      }
      forgetTooMuch();
    },
    watch: (listener) => void watchers.push(listener),
    disregard: () => void (disregarded = true),
    end() {
      if (ended) return;
      ended = true;
      for (const { waiting } of readers) {
        for (const resolve of waiting.splice(0)) resolve(undefined);
      }
    },
  };
}
