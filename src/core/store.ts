/**
 * Where a session waits between `POST /start` and the media that follows.
 *
 * @module
 */
import { AgedMap } from "./aged_map.ts";
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

interface Entry {
  readonly json: string;
  readonly expires: number;
  /** Counts the records that were ever stored. */
  readonly place: number;
}

/** A store in this process. It holds no timer: what has expired goes when the store is next used. */
export class MemorySessionStore implements SessionStore {
  /** By time to live, so that in each the oldest expires first: as few as there are kinds of records. */
  #ages = new Map<number, AgedMap<Entry>>();
  #stored = 0;
  #count = 0;
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
    return this.#count;
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
    this.#delete(key);
    return Promise.resolve(entry && JSON.parse(entry.json));
  }

  /** Lets a record live for `ttl` ms from now. */
  extend(key: string, ttl: number): Promise<void> {
    const entry = this.#live(key);
    if (entry) this.#put(key, entry.json, ttl);
    return Promise.resolve();
  }

  #live(key: string): Entry | undefined {
    for (const entries of this.#ages.values()) {
      const entry = entries.get(key);
      if (entry) return entry.expires > this.#now() ? entry : undefined;
    }
    return undefined;
  }

  #put(key: string, json: string, ttl: number): void {
    this.#delete(key);
    this.#dropExpired();
    const { length } = json;
    while (this.#count >= this.#maxRecords || this.#size + length > this.#maxSize) {
      if (!this.#dropOldest()) break;
    }
    let entries = this.#ages.get(ttl);
    if (!entries) this.#ages.set(ttl, entries = new AgedMap());
    entries.set(key, { json, expires: this.#now() + ttl, place: this.#stored++ });
    this.#count++;
    this.#size += length;
  }

  #delete(key: string): void {
    for (const [ttl, entries] of this.#ages) {
      const entry = entries.get(key);
      if (!entry) continue;
      entries.delete(key);
      if (entries.size === 0) this.#ages.delete(ttl);
      this.#count--;
      this.#size -= entry.json.length;
    }
  }

  #dropExpired(): void {
    const now = this.#now();
    for (const entries of this.#ages.values()) {
      for (let { oldest } = entries; oldest && oldest.value.expires <= now; { oldest } = entries) {
        this.#delete(oldest.key);
      }
    }
  }

  /** Tells whether there was one. */
  #dropOldest(): boolean {
    let first: AgedMap<Entry>["oldest"];
    for (const { oldest } of this.#ages.values()) {
      if (!first || (oldest && oldest.value.place < first.value.place)) first = oldest;
    }
    if (first) this.#delete(first.key);
    return first !== undefined;
  }
}
