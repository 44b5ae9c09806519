/**
 * Remembers what may happen only once: an answered call, a used signature.
 *
 * @module
 */
import { AgedMap } from "./aged_map.ts";
import { RunnerError } from "../core/error.ts";

/** How long something is remembered, in ms. */
export interface Keeping {
  /** When it is forgotten. */
  readonly ttl: number;
  /** How long it is kept even if there is no room for more. Default: `ttl`. */
  readonly hold?: number;
}

/** Holds short notes by key; each one expires. */
export interface OnceStore {
  /** Reads a note. */
  get(key: string): Promise<string | undefined>;
  /**
   * Makes a note, unless there is one: then that is returned. Of two that come at the same moment,
   * one gets undefined.
   *
   * @throws {RunnerError} `full` with status 503 if there is no room.
   */
  add(key: string, note: string, keeping: Keeping): Promise<string | undefined>;
  /** Replaces the existing note. */
  set(key: string, note: string, keeping: Keeping): Promise<void>;
  /** Removes a note. */
  delete(key: string): Promise<void>;
}

interface Entry {
  readonly note: string;
  /** The clock's time at which it is forgotten. */
  readonly expires: number;
  /** The clock's time from which it may make room. */
  readonly heldUntil: number;
}

/** Settings of a {@link MemoryOnceStore}. */
export interface MemoryOnceStoreOptions {
  /** The most notes to hold. Default: 50 000. */
  readonly most?: number;
  /** The clock, in ms. */
  readonly now?: () => number;
}

/** Notes in this process. It holds no timer: expired notes go when the next one is made. */
export class MemoryOnceStore implements OnceStore {
  /** By `ttl` and `hold`, so that within each the oldest goes first. */
  #ages = new Map<string, AgedMap<Entry>>();
  #count = 0;
  #most: number;
  #now: () => number;

  /** Makes an empty store. */
  constructor({ most = 50_000, now = Date.now }: MemoryOnceStoreOptions = {}) {
    this.#most = most;
    this.#now = now;
  }

  /** Reads a note. */
  get(key: string): Promise<string | undefined> {
    return Promise.resolve(this.#read(key));
  }

  /** Makes a note, unless there is one. */
  add(key: string, note: string, keeping: Keeping): Promise<string | undefined> {
    const known = this.#read(key);
    if (known === undefined) {
      this.#delete(key);
      if (!this.#makeRoom()) return Promise.reject(noRoomForCalls());
      this.#put(key, note, keeping);
    }
    return Promise.resolve(known);
  }

  /** Replaces the existing note. */
  set(key: string, note: string, keeping: Keeping): Promise<void> {
    this.#delete(key);
    // A note about something that is over is not worth another's place.
    const spare = keeping.hold === 0;
    if (this.#makeRoom() || !spare) this.#put(key, note, keeping);
    return Promise.resolve();
  }

  /** Removes a note. */
  delete(key: string): Promise<void> {
    this.#delete(key);
    return Promise.resolve();
  }

  #read(key: string): string | undefined {
    for (const entries of this.#ages.values()) {
      const entry = entries.get(key);
      if (entry) return entry.expires > this.#now() ? entry.note : undefined;
    }
    return undefined;
  }

  #put(key: string, note: string, { ttl, hold = ttl }: Keeping): void {
    const age = `${ttl}/${hold}`;
    let entries = this.#ages.get(age);
    if (!entries) this.#ages.set(age, entries = new AgedMap());
    const now = this.#now();
    entries.set(key, { note, expires: now + ttl, heldUntil: now + hold });
    this.#count++;
  }

  #delete(key: string): void {
    for (const entries of this.#ages.values()) {
      if (entries.delete(key)) this.#count--;
    }
  }

  /** Drops expired notes, then the oldest that is not held; false if all are held. */
  #makeRoom(): boolean {
    const now = this.#now();
    let spare: AgedMap<Entry>["oldest"];
    for (const [age, entries] of this.#ages) {
      for (let { oldest } = entries; oldest && oldest.value.expires <= now; { oldest } = entries) {
        this.#delete(oldest.key);
      }
      const { oldest, size } = entries;
      if (size === 0) this.#ages.delete(age);
      if (!oldest || oldest.value.heldUntil > now) continue;
      if (!spare || oldest.value.heldUntil < spare.value.heldUntil) spare = oldest;
    }
    if (this.#count < this.#most) return true;
    if (spare) this.#delete(spare.key);
    return spare !== undefined;
  }
}

/** The error of a store without room for a new note. */
export function noRoomForCalls(): RunnerError {
  return new RunnerError("full", "All lines are busy. Try again in a moment.", {
    retryAfter: 5,
  });
}
