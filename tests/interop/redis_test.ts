/**
 * Real servers of Redis and Valkey keep sessions and fleets.
 */
import assert from "node:assert/strict";
import { createClient as createNodeRedis } from "@redis/client";
import * as ioredis from "ioredis";
import { connectRedis, redisFleet, type RedisLike, redisStore } from "../../src/redis/mod.ts";
import type { IoRedisModule } from "../../src/redis/ioredis.ts";
import { testFleet } from "../nodes/fleet_contract.ts";
import { testStore } from "../nodes/store_contract.ts";
import { type RedisEngine, startRedis } from "./redis_server.ts";

const ENGINES: readonly RedisEngine[] = ["redis", "valkey"];

/** Takes time from the life of every key, which is the same to Redis as if it had passed. */
const PASS = `
for _, key in ipairs(redis.call('KEYS', '*')) do
  if redis.call('TYPE', key).ok == 'zset' then -- its scores are times
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do
      redis.call('ZINCRBY', key, -ARGV[1], member)
    end
  end
  local rest = redis.call('PTTL', key)
  assert(rest > 0, 'no expiry: ' .. key)
  if rest > tonumber(ARGV[1]) then
    redis.call('PEXPIRE', key, rest - tonumber(ARGV[1]))
  else
    redis.call('DEL', key)
  end
end
`;

for (const engine of ENGINES) {
  const share = async () => {
    const server = await startRedis(engine);
    const redis = await connectRedis(server.url);
    return {
      redis,
      pass: async (ms: number) => void await redis.call("EVAL", PASS, "0", String(ms)),
      async [Symbol.asyncDispose]() {
        await redis.close();
        await server[Symbol.asyncDispose]();
      },
    };
  };
  testFleet(engine, async () => {
    const shared = await share();
    return { ...shared, join: () => redisFleet(shared.redis) };
  });
  testStore(engine, async (setup) => {
    const shared = await share();
    return { ...shared, join: () => redisStore(shared.redis, setup) };
  });
}

Deno.test("a record that is larger than 1 MiB is refused, and leaves nothing behind", async () => {
  await using server = await startRedis("redis");
  await using redis = await connectRedis(server.url);
  const store = redisStore(redis);
  const record = (body: string) => ({ id: "one", transport: "webrtc", body }) as const;

  await assert.rejects(store.put("large", record("é".repeat(2 ** 19)), 1000), {
    code: "too_large",
  });
  await store.put("fits", record("x".repeat(2 ** 20 - 100)), 1000);

  assert.equal(await store.get("large"), undefined);
  assert.ok(await store.get("fits"));
});

Deno.test("a Redis without memory refuses what is new, and keeps what it has promised", async () => {
  await using server = await startRedis("redis", { args: ["--maxmemory", "4mb"] });
  await using redis = await connectRedis(server.url);
  const store = redisStore(redis);
  const large = "x".repeat(100_000);
  const call = { callId: "CA1", from: "1", to: "2" };
  const fill = async (more: { readonly call?: typeof call }) => {
    for (let i = 0; i < 100; i++) {
      await store.put(`${i}`, { id: `${i}`, transport: "twilio", body: large, ...more }, 60_000);
    }
  };
  const full = { code: "store_full", status: 503, retryAfter: 5 };

  await assert.rejects(fill({ call }), full);

  assert.equal((await store.get("0"))?.id, "0");
  await assert.rejects(store.once.add("call", large, { ttl: 1000 }), { code: "full", status: 503 });
  assert.equal((await store.take("0"))?.id, "0", "what is there can be taken");
});

Deno.test("the last fifth of Redis' memory is for phone calls", async () => {
  await using server = await startRedis("valkey", { args: ["--maxmemory", "20mb"] });
  await using redis = await connectRedis(server.url);
  const store = redisStore(redis);
  const body = "x".repeat(500_000);
  const start = (i: number) => store.put(`${i}`, { id: `${i}`, transport: "webrtc", body }, 60_000);
  const call = { callId: "CA1", from: "1", to: "2" };
  const others = Array.from({ length: 130 }, (_, i) => `other-${i}`);
  for (const key of others) await redis.call("SET", key, "x".repeat(100_000));

  const flood = async () => {
    for (let i = 0; i < 20; i++) {
      await start(i);
      await new Promise((resolve) => setTimeout(resolve, 300)); // less than Redis is asked again after
    }
  };
  await assert.rejects(flood(), { code: "store_full", status: 503 });
  const used = /^used_memory:(\d+)/m.exec(String(await redis.call("INFO", "memory")))?.[1];

  assert.ok(Number(used) < 0.9 * 20 * 2 ** 20, `${used} bytes`);
  await store.put("call", { id: "call", transport: "twilio", body: "", call }, 60_000);
  assert.equal((await store.take("call"))?.id, "call");
  assert.equal((await store.get("0"))?.id, "0");
  await redis.call("DEL", ...others);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await start(99);
});

/** What a test does with a client, whichever it is. */
async function useClient(client: RedisLike): Promise<void> {
  const [store, fleet] = [redisStore(client), redisFleet(client, { prefix: "other:" })];
  await store.put("session:one", { id: "one", transport: "webrtc", body: "é" }, 1000);
  assert.equal((await store.take("session:one"))?.body, "é");
  assert.equal(await store.take("session:one"), undefined);
  const node = { origin: "http://a:1", ready: true, sessions: 1, promised: 0, maxSessions: 2 };
  await fleet.announce(node);
  assert.deepEqual(await fleet.nodes(), [node]);
  assert.deepEqual(await redisFleet(client).nodes(), [], "each prefix is a fleet of its own");
  assert.equal(await fleet.take("client", { limit: 1, windowMs: 60_000 }), true);
  assert.equal(await fleet.take("client", { limit: 1, windowMs: 60_000 }), false);
}

Deno.test("ioredis and node-redis, which a program may bring, are both taken", async () => {
  await using server = await startRedis("redis");
  const one = new ioredis.Redis(server.url);
  const two = await createNodeRedis({ url: server.url }).connect();

  try {
    await useClient(one);
    await two.flushAll();
    await useClient(two);
  } finally {
    one.disconnect();
    two.destroy();
  }
});

Deno.test("in a cluster every command has one key, and so one server that it belongs to", async () => {
  await using server = await startRedis("valkey", { args: ["--cluster-enabled", "yes"] });
  await using redis = await connectRedis(server.url);
  await redis.call("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
  // It says so after a moment of its own.
  while (!String(await redis.call("CLUSTER", "INFO")).includes("cluster_state:ok")) continue;

  await useClient(redis); // keys of several slots in one command would be a CROSSSLOT
});

Deno.test("the ioredis that connectRedis loads has what is used of it", () => {
  const used: IoRedisModule = ioredis;

  assert.equal(typeof used.Redis, "function");
});
