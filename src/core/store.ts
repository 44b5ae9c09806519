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
}

/** A store in this process. It holds no timer: what has expired goes when the store is next used. */
export class MemorySessionStore implements SessionStore {
  #entries = new Map<string, Entry>(); // in order of insertion, which is the order of expiry
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
    this.#makeRoom(0);
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
    const entry = this.#entries.get(key);
    return entry && entry.expires > this.#now() ? entry : undefined;
  }

  #put(key: string, json: string, ttl: number): void {
    this.#delete(key);
    this.#makeRoom(json.length);
    this.#entries.set(key, { json, expires: this.#now() + ttl });
    this.#size += json.length;
  }

  #delete(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#size -= entry.json.length;
  }

  #makeRoom(size: number): void {
    const now = this.#now();
    for (const [key, { expires }] of this.#entries) {
      const full = size > 0 &&
        (this.#entries.size >= this.#maxRecords || this.#size + size > this.#maxSize);
      if (expires > now && !full) break;
      this.#delete(key);
    }
  }
}
