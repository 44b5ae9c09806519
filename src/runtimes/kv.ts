/**
 * As much of Deno KV as is used, and texts in it that end in time.
 *
 * @module
 */

/** An entry of a {@link KvLike}. */
export interface KvEntryLike {
  /** The key that was asked for. */
  readonly key: readonly unknown[];
  /** The value, null if there is none. */
  readonly value: unknown;
  /** The version of the value, null if there is none. */
  readonly versionstamp: string | null;
}

/** As much of a `Deno.AtomicOperation` as is used. */
export interface KvAtomicLike {
  /** Goes on only while an entry is as it was read. */
  check(entry: Pick<KvEntryLike, "key" | "versionstamp">): KvAtomicLike;
  /** Writes a value, which is gone at the latest some time after `expireIn` ms. */
  set(key: readonly string[], value: unknown, options: { expireIn: number }): KvAtomicLike;
  /** Removes a value. */
  delete(key: readonly string[]): KvAtomicLike;
  /** Does everything, or nothing if a check fails. */
  commit(): Promise<{ readonly ok: boolean }>;
}

/** As much of a `Deno.Kv` as is used. */
export interface KvLike {
  /** Reads an entry. */
  get(key: readonly string[]): Promise<KvEntryLike>;
  /** Begins a transaction. */
  atomic(): KvAtomicLike;
}

/** A {@link KvLike} that can be searched. */
export interface KvListLike extends KvLike {
  /** Reads all entries whose keys begin with a prefix. */
  list(selector: { readonly prefix: readonly string[] }): AsyncIterable<KvEntryLike>;
}

/** A text that ends. */
interface KvText {
  readonly text: string;
  /** In ms since 1970: Deno KV keeps a value longer than it was told to. */
  readonly expires: number;
}

/** Writes a string for `ttl` ms, if what was checked is unchanged since it was read. */
export function writeText(
  atomic: KvAtomicLike,
  key: readonly string[],
  text: string,
  ttl: number,
): Promise<{ readonly ok: boolean }> {
  const value: KvText = { text, expires: Date.now() + ttl };
  return atomic.set(key, value, { expireIn: Math.max(1, Math.ceil(ttl)) }).commit();
}

/** Reads what {@link writeText} wrote; undefined once it has expired. */
export function readText({ value }: KvEntryLike): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { text, expires } = value as KvText; // nothing else writes there
  return expires > Date.now() ? text : undefined;
}
