/**
 * A map that knows its oldest entry.
 *
 * A `Map` is in order, too, but its iterator walks over everything deleted at the front: if the
 * oldest of ten thousand entries go as new ones come, finding the oldest would take most of the
 * time.
 *
 * @module
 */

/** An entry, linked to its neighbours, so any entry leaves without a search. */
interface Entry<V> {
  readonly key: string;
  readonly value: V;
  older: Entry<V> | undefined;
  newer: Entry<V> | undefined;
}

/** Values by key, in the order in which they were set. */
export class AgedMap<V> {
  #entries = new Map<string, Entry<V>>();
  #oldest: Entry<V> | undefined;
  #newest: Entry<V> | undefined;

  /** How many entries it has. */
  get size(): number {
    return this.#entries.size;
  }

  /** The entry set first. */
  get oldest(): { readonly key: string; readonly value: V } | undefined {
    return this.#oldest;
  }

  /** The entry set last. */
  get newest(): { readonly key: string; readonly value: V } | undefined {
    return this.#newest;
  }

  /** Whether there is such an entry. */
  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** The value of a key. */
  get(key: string): V | undefined {
    return this.#entries.get(key)?.value;
  }

  /** Sets a value; its entry becomes the newest, even if it existed. */
  set(key: string, value: V): void {
    this.delete(key);
    const entry: Entry<V> = { key, value, older: this.#newest, newer: undefined };
    if (this.#newest) this.#newest.newer = entry;
    else this.#oldest = entry;
    this.#newest = entry;
    this.#entries.set(key, entry);
  }

  /** Removes an entry; returns whether there was one. */
  delete(key: string): boolean {
    const entry = this.#entries.get(key);
    if (!entry) return false;
    const { older, newer } = entry;
    if (older) older.newer = newer;
    else this.#oldest = newer;
    if (newer) newer.older = older;
    else this.#newest = older;
    return this.#entries.delete(key);
  }

  /** Removes all entries. */
  clear(): void {
    this.#entries.clear();
    this.#oldest = this.#newest = undefined;
  }
}
