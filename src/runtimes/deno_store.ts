/**
 * A store that several Deno processes share: Deno KV.
 *
 * @module
 */
import type { OnceStore } from "../sessions/once.ts";
import type { SessionRecord, SessionStore } from "../sessions/store.ts";
import { storedJson } from "../sessions/stored_json.ts";
import { type KvAtomicLike, type KvEntryLike, type KvLike, readText, writeText } from "./kv.ts";
import { inTurns } from "./kv_turns.ts";

/** The largest value in Deno KV, in bytes, less what it adds itself. */
const LARGEST_VALUE = 65_000;

interface Stored {
  readonly record: SessionRecord;
  /** In ms since 1970: Deno KV keeps a value longer than it was told to. */
  readonly expires: number;
}

/**
 * Stores sessions in Deno KV, for a runner with several processes or instances: `POST /start` and
 * the WebSocket that follows may reach different ones. A record larger than 65 000 bytes is refused
 * with `too_large`.
 *
 * @example
 * ```ts ignore
 * const store = kvStore(await Deno.openKv());
 * await using server = await serve(bot, { store, webrtc: false });
 * ```
 */
export function kvStore(given: KvLike): SessionStore & { readonly once: OnceStore } {
  const kv = inTurns(given);
  return {
    once: kvOnce(kv),
    async put(key, record, ttl) {
      await write(kv.atomic(), key, record, ttl);
    },
    async get(key) {
      return readEntry(await kv.get(path(key)));
    },
    async take(key) {
      const entry = await kv.get(path(key));
      const { ok } = await kv.atomic().check(entry).delete(path(key)).commit();
      return ok ? readEntry(entry) : undefined; // not ok: somebody else was faster
    },
    async extend(key, ttl) {
      const entry = await kv.get(path(key));
      const record = readEntry(entry);
      if (record) await write(kv.atomic().check(entry), key, record, ttl);
    },
  };
}

/** Notes in Deno KV. There is room for all: none is forgotten early. */
function kvOnce(kv: KvLike): OnceStore {
  const get = async (key: string) => readText(await kv.get(notePath(key)));
  return {
    get,
    async add(key, note, { ttl }) {
      for (;;) {
        const entry = await kv.get(notePath(key));
        const known = readText(entry);
        if (known !== undefined) return known;
        const { ok } = await writeText(kv.atomic().check(entry), notePath(key), note, ttl);
        if (ok) return undefined; // otherwise somebody else was faster, and is read
      }
    },
    async set(key, note, { ttl }) {
      await writeText(kv.atomic(), notePath(key), note, ttl);
    },
    async delete(key) {
      await kv.atomic().delete(notePath(key)).commit();
    },
  };
}

function notePath(key: string): readonly string[] {
  return ["pipecat", "once", key];
}

function path(key: string): readonly string[] {
  return ["pipecat", "session", key];
}

async function write(
  atomic: KvAtomicLike,
  key: string,
  record: SessionRecord,
  ttl: number,
): Promise<void> {
  const stored: Stored = { record, expires: Date.now() + ttl };
  const bytes = new TextEncoder().encode(storedJson(stored, LARGEST_VALUE));
  await atomic.set(path(key), bytes, { expireIn: ttl }).commit();
}

function readEntry({ value }: KvEntryLike): SessionRecord | undefined {
  if (!(value instanceof Uint8Array)) return undefined;
  const { record, expires }: Stored = JSON.parse(new TextDecoder().decode(value));
  return expires > Date.now() ? record : undefined;
}
