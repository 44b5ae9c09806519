/**
 * Where a session waits between `POST /start` and the media that follows.
 *
 * @module
 */
import { AgedMap } from "./aged_map.ts";
import type { TransportName } from "../core/bot.ts";
import type { CarrierCall } from "../core/carrier.ts";
import { RunnerError } from "../core/error.ts";
import type { OnceStore } from "./once.ts";

/**
 * What `POST /start` leaves for the media connection. It is plain JSON, so any store can hold it.
 */
export interface SessionRecord {
  /** The session's id. */
  readonly id: string;
  /** The transport that it waits for. */
  readonly transport: TransportName;
  /** The `body` for the bot. */
  readonly body: unknown;
  /** The name of its bot, if the runner has several. */
  readonly bot?: string;
  /**
   * The session's phone call: as the carrier's webhook described it, or as it was dialled, and then
   * its id is unknown.
   */
  readonly call?: StoredCall;
  /** Set if the carrier signed that webhook, or was told to make the call. */
  readonly signed?: true;
  /** The span that it was started in, as a `traceparent` header (W3C Trace Context). */
  readonly traceparent?: string | undefined;
}

/** A phone call that is waiting for its stream. */
export type StoredCall = Omit<CarrierCall, "callId"> & Partial<Pick<CarrierCall, "callId">>;

/**
 * Holds session records; each one expires. The key is what the client will come back with, the
 * session's id or a one-time token, after a word that says which of them it is.
 *
 * A full store refuses a new record: dropping another would break a promise made to somebody else.
 */
export interface SessionStore {
  /**
   * Stores a record for `ttl` ms, replacing one with the same key.
   *
   * @throws {RunnerError} `store_full` if there is no room, and any other error to answer with;
   * other errors become a `store_unavailable`, as does an answer that takes longer than two
   * seconds.
   */
  put(key: string, record: SessionRecord, ttl: number): Promise<void>;
  /** Reads a record. */
  get(key: string): Promise<SessionRecord | undefined>;
  /** Reads and removes a record atomically: of two callers, one gets it. */
  take(key: string): Promise<SessionRecord | undefined>;
  /** Gives a record another `ttl` ms. Does nothing if it is gone. */
  extend(key: string, ttl: number): Promise<void>;
  /**
   * Remembers what may happen only once: answered calls, used signatures. Without it, each process
   * remembers its own.
   */
  readonly once?: OnceStore;
}

/**
 * The key of a session's record. No token's key looks like it, so no route of a session finds a
 * token.
 */
export function sessionKey(id: string): string {
  return `session:${id}`;
}

/** Settings of a {@link MemorySessionStore}. */
export interface MemorySessionStoreOptions {
  /**
   * The most records of phone calls, and the most of all other sessions: each kind has its own
   * share, so neither takes the other's room. Default: 10 000.
   */
  readonly maxRecords?: number;
  /** The most characters of JSON in each of the two shares. Default: 32 Mi. */
  readonly maxSize?: number;
  /** The clock, in ms. */
  readonly now?: () => number;
}

interface Entry {
  readonly json: string;
  readonly expires: number;
  readonly share: Share;
}

/** The stored records of one kind. */
interface Share {
  count: number;
  size: number;
}

/** When to try again if there was no room, in seconds. */
const RETRY_S = 5;

/** A store in this process. It holds no timer: expired records go when the store is next used. */
export class MemorySessionStore implements SessionStore {
  /**
   * By time to live, so that within each the oldest expires first: there are as few as kinds of
   * records.
   */
  #ages = new Map<number, AgedMap<Entry>>();
  #calls: Share = { count: 0, size: 0 };
  #others: Share = { count: 0, size: 0 };
  #maxRecords: number;
  #maxSize: number;
  #now: () => number;

  /** Makes an empty store. */
  constructor(options: MemorySessionStoreOptions = {}) {
    this.#maxRecords = options.maxRecords ?? 10_000;
    this.#maxSize = options.maxSize ?? 32 * 2 ** 20;
    this.#now = options.now ?? Date.now;
  }

  /** How many records it holds. */
  get length(): number {
    this.#dropExpired();
    return this.#calls.count + this.#others.count;
  }

  /** Stores a record for `ttl` ms; rejects with `store_full` if its share has no room. */
  put(key: string, record: SessionRecord, ttl: number): Promise<void> {
    const json = JSON.stringify(record);
    const share = record.call ? this.#calls : this.#others;
    this.#dropExpired();
    if (!this.#hasRoom(share, json.length, this.#find(key))) return Promise.reject(storeFull());
    this.#set(key, { json, share, expires: this.#now() + ttl }, ttl);
    return Promise.resolve();
  }

  /** Reads a record. */
  get(key: string): Promise<SessionRecord | undefined> {
    const entry = this.#live(key);
    return Promise.resolve(entry && JSON.parse(entry.json));
  }

  /** Reads and removes a record atomically. */
  take(key: string): Promise<SessionRecord | undefined> {
    const entry = this.#live(key);
    this.#delete(key);
    return Promise.resolve(entry && JSON.parse(entry.json));
  }

  /** Lets a record live for `ttl` ms from now. */
  extend(key: string, ttl: number): Promise<void> {
    const entry = this.#live(key);
    if (entry) this.#set(key, { ...entry, expires: this.#now() + ttl }, ttl);
    return Promise.resolve();
  }

  #find(key: string): Entry | undefined {
    for (const entries of this.#ages.values()) {
      const entry = entries.get(key);
      if (entry) return entry;
    }
    return undefined;
  }

  #live(key: string): Entry | undefined {
    const entry = this.#find(key);
    return entry && entry.expires > this.#now() ? entry : undefined;
  }

  /** Tells whether a share has room for this many characters, replacing an entry. */
  #hasRoom(share: Share, length: number, replaced: Entry | undefined): boolean {
    const leaves = replaced?.share === share;
    const count = share.count - (leaves ? 1 : 0);
    const size = share.size - (leaves ? replaced.json.length : 0);
    return count < this.#maxRecords && size + length <= this.#maxSize;
  }

  #set(key: string, entry: Entry, ttl: number): void {
    this.#delete(key);
    let entries = this.#ages.get(ttl);
    if (!entries) this.#ages.set(ttl, entries = new AgedMap());
    entries.set(key, entry);
    entry.share.count++;
    entry.share.size += entry.json.length;
  }

  #delete(key: string): void {
    for (const [ttl, entries] of this.#ages) {
      const entry = entries.get(key);
      if (!entry) continue;
      entries.delete(key);
      if (entries.size === 0) this.#ages.delete(ttl);
      entry.share.count--;
      entry.share.size -= entry.json.length;
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
}

/** The error of a store without room for a new record. */
export function storeFull(): RunnerError {
  const detail = "Too many sessions are waiting for their clients. Try again in a moment.";
  return new RunnerError("store_full", detail, { retryAfter: RETRY_S });
}
