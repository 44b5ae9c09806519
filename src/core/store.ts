/**
 * Where a session waits between `POST /start` and the media that follows.
 *
 * @module
 */
import type { TransportName } from "./bot.ts";
import type { CarrierCall } from "./carrier.ts";

/** What `POST /start` leaves for the media connection. It is plain JSON, so any store can hold it. */
export interface SessionRecord {
  /** The session's id. */
  readonly id: string;
  /** The transport that it waits for. */
  readonly transport: TransportName;
  /** The `body` for the bot. */
  readonly body: unknown;
  /** The phone call that the session is for, as the carrier's webhook told it. */
  readonly call?: CarrierCall;
  /** The `traceparent` header that `POST /start` came with (W3C Trace Context). */
  readonly traceparent?: string | undefined;
}

/**
 * Holds session records; each one has an end. The key is what the client will come back with: the
 * session's id, or a one-time token.
 */
export interface SessionStore {
  /** Stores a record for `ttl` ms, in place of one with the same key. */
  put(key: string, record: SessionRecord, ttl: number): Promise<void>;
  /** Reads a record. */
  get(key: string): Promise<SessionRecord | undefined>;
  /** Reads and removes a record in one step: of two callers, one gets it. */
  take(key: string): Promise<SessionRecord | undefined>;
  /** Gives a record another `ttl` ms. Does nothing when it is gone. */
  extend(key: string, ttl: number): Promise<void>;
}

/** Settings of a {@link MemorySessionStore}. */
export interface MemorySessionStoreOptions {
  /** The most records to hold, 10 000 unless given; the oldest makes room. */
  readonly maxRecords?: number;
  /** The most characters of JSON to hold, 64 Mi unless given; the oldest records make room. */
  readonly maxSize?: number;
  /** The clock, in ms. */
  readonly now?: () => number;
}

/** Records that were given the same time to live: the one that was stored first expires first. */
interface Queue {
  readonly ttl: number;
  oldest: Entry | undefined;
  newest: Entry | undefined;
}

/** A record in its queue, between its neighbours: so any one leaves without a search. */
interface Entry {
  readonly key: string;
  readonly json: string;
  readonly expires: number;
  /** Counts the records that were ever stored. */
  readonly place: number;
  readonly queue: Queue;
  older: Entry | undefined;
  newer: Entry | undefined;
}

/** A store in this process. It holds no timer: what has expired goes when the store is next used. */
export class MemorySessionStore implements SessionStore {
  #entries = new Map<string, Entry>();
  #queues = new Map<number, Queue>(); // by time to live: as few as there are kinds of records
  #stored = 0;
  #size = 0;
  #maxRecords: number;
  #maxSize: number;
  #now: () => number;

  /** Makes an empty store. */
  constructor(options: MemorySessionStoreOptions = {}) {
    this.#maxRecords = options.maxRecords ?? 10_000;
    this.#maxSize = options.maxSize ?? 64 * 2 ** 20;
    this.#now = options.now ?? Date.now;
  }

  /** How many records it holds. */
  get length(): number {
    this.#dropExpired();
    return this.#entries.size;
  }

  /** Stores a record for `ttl` ms. */
  put(key: string, record: SessionRecord, ttl: number): Promise<void> {
    this.#put(key, JSON.stringify(record), ttl);
    return Promise.resolve();
  }

  /** Reads a record. */
  get(key: string): Promise<SessionRecord | undefined> {
    const entry = this.#live(key);
    return Promise.resolve(entry && JSON.parse(entry.json));
  }

  /** Reads and removes a record in one step. */
  take(key: string): Promise<SessionRecord | undefined> {
    const entry = this.#live(key);
    if (entry) this.#delete(entry);
    return Promise.resolve(entry && JSON.parse(entry.json));
  }

  /** Lets a record live for `ttl` ms from now. */
  extend(key: string, ttl: number): Promise<void> {
    const entry = this.#live(key);
    if (entry) this.#put(key, entry.json, ttl);
    return Promise.resolve();
  }

  #live(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    return entry && entry.expires > this.#now() ? entry : undefined;
  }

  #put(key: string, json: string, ttl: number): void {
    const former = this.#entries.get(key);
    if (former) this.#delete(former);
    this.#dropExpired();
    while (
      this.#entries.size > 0 &&
      (this.#entries.size >= this.#maxRecords || this.#size + json.length > this.#maxSize)
    ) this.#dropOldest();
    this.#add(key, json, ttl);
  }

  #add(key: string, json: string, ttl: number): void {
    let queue = this.#queues.get(ttl);
    if (!queue) {
      queue = { ttl, oldest: undefined, newest: undefined };
      this.#queues.set(ttl, queue);
    }
    const older = queue.newest;
    const expires = this.#now() + ttl;
    const entry: Entry = {
      key,
      json,
      expires,
      place: this.#stored++,
      queue,
      older,
      newer: undefined,
    };
    if (older) older.newer = entry;
    else queue.oldest = entry;
    queue.newest = entry;
    this.#entries.set(key, entry);
    this.#size += json.length;
  }

  #delete({ key, json, queue, older, newer }: Entry): void {
    if (older) older.newer = newer;
    else queue.oldest = newer;
    if (newer) newer.older = older;
    else queue.newest = older;
    if (!queue.oldest) this.#queues.delete(queue.ttl);
    this.#entries.delete(key);
    this.#size -= json.length;
  }

  #dropExpired(): void {
    const now = this.#now();
    for (const queue of this.#queues.values()) {
      while (queue.oldest && queue.oldest.expires <= now) this.#delete(queue.oldest);
    }
  }

  #dropOldest(): void {
    let oldest: Entry | undefined;
    for (const { oldest: entry } of this.#queues.values()) {
      if (entry && (!oldest || entry.place < oldest.place)) oldest = entry;
    }
    if (oldest) this.#delete(oldest);
  }
}
