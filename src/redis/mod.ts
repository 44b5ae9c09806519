/**
 * Sessions and fleets in Redis or Valkey, for runners with several processes.
 *
 * @example
 * ```ts
 * import { connectRedis, redisFleet, redisStore } from "@pipecat/runner/redis";
 *
 * export async function sharedBy(url: string) {
 *   const redis = await connectRedis(url);
 *   return { store: redisStore(redis), fleet: redisFleet(redis) };
 * }
 * ```
 *
 * @module
 */
export { connectRedis, type RedisConnection } from "./connect.ts";
export type { RedisLike, RedisOptions } from "./client.ts";
export { redisFleet } from "./fleet.ts";
export { redisStore, type RedisStoreOptions } from "./store.ts";
