/**
 * A fleet whose processes find each other in Redis.
 *
 * @module
 */
import { CLAIM_MS, type Fleet, NODE_MS } from "../core/fleet.ts";
import { nodeFromJson, nodeToJson } from "../nodes/fleet_json.ts";
import {
  commandsOf,
  expiry,
  PREFIX,
  type RedisLike,
  type RedisOptions,
  textOf,
  unexpected,
} from "./client.ts";

/** After this time a process that has died is no longer looked for, in ms. */
const FORGET_MS = 10 * NODE_MS;
/** The most processes of a fleet. */
const MOST_NODES = 1_000;

/**
 * Counts one start. All debts are paid when the key expires, so its time to live is the debt, in
 * whole ms, and its value is the fraction below one.
 */
const TAKE = `
local owed = redis.call('PTTL', KEYS[1])
if owed > 0 then
  owed = owed + (tonumber(redis.call('GET', KEYS[1])) or 0)
else
  owed = 0
end
owed = owed + tonumber(ARGV[1])
if owed - tonumber(ARGV[2]) >= 1 then return 0 end
local whole = math.floor(owed)
redis.call('SET', KEYS[1], owed - whole, 'PX', math.max(1, whole))
return 1
`;

/**
 * Takes or extends a place. Places are a sorted set by expiry; promises begin with another letter,
 * and expire so soon that they are among the first.
 */
const HOLD = `
local id, ms, most, kind = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local promise, firm = 'p:' .. id, 's:' .. id
local isFirm = redis.call('ZSCORE', KEYS[1], firm)
local known = isFirm or redis.call('ZSCORE', KEYS[1], promise)
if not known and most > 0 and redis.call('ZCARD', KEYS[1]) >= most then
  local oldest
  if kind == 'call' then
    for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, 99)) do
      if not oldest and string.sub(member, 1, 2) == 'p:' then oldest = member end
    end
  end
  if not oldest then return 0 end
  redis.call('ZREM', KEYS[1], oldest)
end
local member = firm
if kind == 'promise' and not isFirm then member = promise else redis.call('ZREM', KEYS[1], promise) end
redis.call('ZADD', KEYS[1], 'GT', now + ms, member)
if redis.call('PTTL', KEYS[1]) < ms then redis.call('PEXPIRE', KEYS[1], ms) end
return 1
`;

/** Lists a process, and forgets those not listed for a long time. */
const LIST = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
`;

/**
 * A fleet in Redis or Valkey, 6.2 or newer. Every key expires: `node:<origin>` after 6 s,
 * `owner:<id>` after 60 s, `rate:<key>` when its starts are paid for, `places` with the last place,
 * and `nodes`, the list of origins, after a minute. In a Redis Cluster, each command has one key.
 *
 * @example
 * ```ts ignore
 * const redis = await connectRedis("redis://localhost:6379");
 * const [store, fleet] = [redisStore(redis), redisFleet(redis)];
 * await serve(bot, { store, fleet, advertise: "http://10.0.0.7:7860" });
 * ```
 */
export function redisFleet(
  client: RedisLike,
  { prefix = PREFIX }: RedisOptions = {},
): Fleet {
  const run = commandsOf(client);
  const nodes = `${prefix}nodes`;
  const places = `${prefix}places`;
  const node = (origin: string) => `${prefix}node:${origin}`;
  const owner = (id: string) => `${prefix}owner:${id}`;
  return {
    async announce(announced) {
      const { origin } = announced;
      await Promise.all([
        run("SET", node(origin), nodeToJson(announced), "PX", expiry(NODE_MS)),
        run("EVAL", LIST, "1", nodes, origin, expiry(FORGET_MS)),
      ]);
    },
    async withdraw(origin) {
      await Promise.all([run("DEL", node(origin)), run("ZREM", nodes, origin)]);
    },
    async nodes() {
      const listed = await run("ZRANGE", nodes, "0", String(MOST_NODES - 1), "REV");
      const origins = Array.isArray(listed) ? listed.map(String) : [];
      const found = await Promise.all(origins.map(async (origin) => {
        const json = textOf(await run("GET", node(origin)));
        return json === undefined ? [] : nodeFromJson(origin, json) ?? [];
      }));
      return found.flat();
    },
    async claim(id, origin) {
      await run("SET", owner(id), origin, "PX", expiry(CLAIM_MS));
    },
    owner: async (id) => textOf(await run("GET", owner(id))),
    async release(id) {
      await run("DEL", owner(id));
    },
    async take(key, { limit, windowMs }) {
      const price = String(windowMs / limit);
      const took = await run("EVAL", TAKE, "1", `${prefix}rate:${key}`, price, String(windowMs));
      if (!["0", "1"].includes(`${took}`)) throw unexpected();
      return `${took}` === "1";
    },
    async hold(id, { ms, most = 0, kind }) {
      const held = await run("EVAL", HOLD, "1", places, id, expiry(ms), String(most), kind);
      if (!["0", "1"].includes(`${held}`)) throw unexpected();
      return `${held}` === "1";
    },
    async free(id) {
      await run("ZREM", places, `p:${id}`, `s:${id}`);
    },
  };
}
