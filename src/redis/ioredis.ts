/**
 * Loads the Redis client with the first connection.
 *
 * @module
 */
import { loadPackage } from "../core/load_package.ts";
import type { RedisAddress } from "./address.ts";

/** The part of the package `ioredis` that is used. */
export interface IoRedisModule {
  /** Its client. */
  readonly Redis: new (options: IoRedisOptions) => IoRedis;
}

/** How it is made. */
export interface IoRedisOptions extends RedisAddress {
  readonly lazyConnect: boolean;
  readonly protocol: 2;
  readonly connectTimeout: number;
  readonly socketTimeout: number;
  readonly retryStrategy: (times: number) => number;
  readonly enableOfflineQueue: boolean;
  readonly autoResendUnfulfilledCommands: boolean;
  readonly maxRetriesPerRequest: number;
  readonly reconnectOnError: (error: Error) => boolean;
}

/** A client. */
export interface IoRedis {
  connect(): Promise<void>;
  call(command: string, ...args: string[]): Promise<unknown>;
  disconnect(): void;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "ready" | "close", listener: () => void): unknown;
}

/**
 * Loads the client: MIT licensed, maintained by Redis itself, and works on Deno, Node and Bun.
 *
 * @throws {RunnerError} `package_missing` and `not_permitted`, as {@link loadPackage} does.
 */
export function loadIoRedis(): Promise<IoRedisModule> {
  return loadPackage("ioredis", "6.0.0");
}
