/**
 * Counts the waiting sessions in Redis, so that a flood of `POST /start` fills it only so far.
 *
 * @module
 */
import { expiry, type RunCommand, unexpected } from "./client.ts";

/** Phone calls, and all other sessions: each kind has its own share. */
export type Share = "calls" | "others";

/** The waiting sessions, by the keys of their records. */
export interface WaitingSessions {
  /**
   * Counts a record for `ttl` ms; returns false if its share is full, and then does not count it.
   */
  enter(key: string, share: Share, ttl: number): Promise<boolean>;
  /** Counts one for `ttl` ms from now, if it is counted at all. */
  extend(key: string, ttl: number): Promise<void>;
  /** Stops counting one. */
  leave(key: string): Promise<void>;
}

/** Each share is a sorted set of keys by the expiry of their records, on Redis' own clock. */
const CLOCK = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ttl = tonumber(ARGV[2])
`;
const KEEP = `
redis.call('ZADD', KEYS[1], now + ttl, ARGV[1])
if redis.call('PTTL', KEYS[1]) < ttl then redis.call('PEXPIRE', KEYS[1], ttl) end
return 1
`;
/** Expired records are removed first, each once, so nothing is ever searched. */
const ENTER = `${CLOCK}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local known = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not known and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
${KEEP}`;
const EXTEND = `${CLOCK}
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
${KEEP}`;

/**
 * Counts records below a prefix. Each command has one key, as a Redis Cluster needs. So a record is
 * counted before it is written, and one that was not written after all counts until it would have
 * expired.
 *
 * @param most The most in each share.
 */
export function waitingSessions(run: RunCommand, prefix: string, most: number): WaitingSessions {
  const path = (share: Share) => `${prefix}waiting:${share}`;
  const both = (command: (path: string) => Promise<unknown>) =>
    Promise.all([command(path("calls")), command(path("others"))]);
  return {
    async enter(key, share, ttl) {
      const entered = await run("EVAL", ENTER, "1", path(share), key, expiry(ttl), String(most));
      if (!["0", "1"].includes(`${entered}`)) throw unexpected();
      return `${entered}` === "1";
    },
    async extend(key, ttl) {
      // A full Redis keeps the record for longer, but counts it no longer than before.
      await both((path) => run("EVAL", EXTEND, "1", path, key, expiry(ttl)).catch(() => {}));
    },
    async leave(key) {
      await both((path) => run("ZREM", path, key));
    },
  };
}
