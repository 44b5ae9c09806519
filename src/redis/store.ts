/**
 * Sessions in Redis, for runners with several processes.
 *
 * @module
 */
import { noRoomForCalls, type OnceStore } from "../sessions/once.ts";
import { type SessionRecord, type SessionStore, storeFull } from "../sessions/store.ts";
import { storedJson, storedRecord } from "../sessions/stored_json.ts";
import {
  commandsOf,
  expiry,
  PREFIX,
  RedisError,
  type RedisLike,
  type RedisOptions,
  type RunCommand,
  textOf,
  unexpected,
} from "./client.ts";
import { roomForOthers } from "./room.ts";
import { waitingSessions } from "./waiting.ts";

/** The largest record, in bytes: no request that starts a session may be larger. */
const LARGEST_RECORD = 2 ** 20;
/** How often a note may end just before it is read. */
const MOST_ATTEMPTS = 3;

/** Where sessions are kept in Redis, and how many. */
export interface RedisStoreOptions extends RedisOptions {
  /**
   * The most records of phone calls, and the most of all other sessions, of all processes together.
   * Default: 100 000.
   */
  readonly maxRecords?: number;
}

/**
 * Stores sessions in Redis or Valkey, 6.2 or newer: `POST /start` and the media that follows may
 * reach different processes. A record larger than 1 MiB is refused with `too_large`. A full Redis, and
 * one that has `maxRecords` of the kind, refuses with `store_full`, and drops nothing if its
 * `maxmemory-policy` is `noeviction`; the last fifth of its `maxmemory` is for phone calls.
 *
 * @example
 * ```ts ignore
 * const redis = await connectRedis("redis://localhost:6379");
 * await serve(bot, { store: redisStore(redis) });
 * ```
 */
export function redisStore(
  client: RedisLike,
  { prefix = PREFIX, maxRecords = 100_000 }: RedisStoreOptions = {},
): SessionStore & { readonly once: OnceStore } {
  const run = commandsOf(client);
  const waiting = waitingSessions(run, prefix, maxRecords);
  const hasRoom = roomForOthers(run, () => performance.now());
  const path = (key: string) => `${prefix}session:${key}`;
  const read = (reply: unknown): SessionRecord | undefined => {
    const json = textOf(reply);
    return json === undefined ? undefined : storedRecord(json);
  };
  return {
    once: redisOnce(run, prefix),
    async put(key, record, ttl) {
      const json = storedJson(record, LARGEST_RECORD);
      if (!record.call && !await hasRoom()) throw storeFull();
      const share = record.call ? "calls" : "others";
      if (!await orFull(waiting.enter(key, share, ttl), storeFull)) throw storeFull();
      isDone(await orFull(run("SET", path(key), json, "PX", expiry(ttl)), storeFull));
    },
    get: async (key) => read(await run("GET", path(key))),
    async take(key) {
      const [taken] = await Promise.all([run("GETDEL", path(key)), waiting.leave(key)]);
      return read(taken);
    },
    async extend(key, ttl) {
      await Promise.all([run("PEXPIRE", path(key), expiry(ttl)), waiting.extend(key, ttl)]);
    },
  };
}

/** Notes in Redis. None is forgotten early. */
function redisOnce(run: RunCommand, prefix: string): OnceStore {
  const path = (key: string) => `${prefix}once:${key}`;
  const get = async (key: string) => textOf(await run("GET", path(key)));
  return {
    get,
    async add(key, note, { ttl }) {
      for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
        const set = run("SET", path(key), note, "NX", "PX", expiry(ttl));
        if (textOf(await orFull(set, noRoomForCalls)) === "OK") return undefined;
        const known = await get(key);
        if (known !== undefined) return known; // otherwise it expired in between
      }
      throw unexpected();
    },
    async set(key, note, { ttl }) {
      isDone(await orFull(run("SET", path(key), note, "PX", expiry(ttl)), noRoomForCalls));
    },
    async delete(key) {
      await run("DEL", path(key));
    },
  };
}

/** What is not answered with OK is not stored. */
function isDone(reply: unknown): void {
  if (textOf(reply) !== "OK") throw unexpected();
}

/** Says in the runner's words that there is no room. */
async function orFull(reply: Promise<unknown>, full: () => Error): Promise<unknown> {
  try {
    return await reply;
  } catch (error) {
    throw error instanceof RedisError && error.full ? full() : error;
  }
}
