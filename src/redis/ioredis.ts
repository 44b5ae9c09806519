/**
 * Loads the client of Redis when the first connection is made.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import type { RedisAddress } from "./address.ts";

/**
 * The client: MIT, kept by Redis itself, and at home on Deno, Node and Bun. It is named by a variable on
 * purpose: Deno and bundlers fetch every package whose name stands in an import.
 */
const PACKAGE = "ioredis";
const VERSION = "6.0.0";

/** As much of the package `ioredis` as is used. */
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
 * Loads the package. Deno fetches it when it does not have it yet; elsewhere, and in a Deno project with
 * a `node_modules` folder of its own, it has to be installed.
 *
 * @throws {RunnerError} `package_missing` when it is not here, nor to be had.
 */
export async function loadIoRedis(): Promise<IoRedisModule> {
  const failures: unknown[] = [];
  for (const specifier of [PACKAGE, `npm:${PACKAGE}@${VERSION}`]) {
    try {
      return await import(specifier); // of which a test checks that it is an IoRedisModule
    } catch (error) {
      failures.push(error);
    }
  }
  throw new RunnerError(
    "package_missing",
    `The npm package ${PACKAGE}@${VERSION} cannot be loaded. Install it, or be online when it is ` +
      "first needed.",
    { cause: new AggregateError(failures) },
  );
}
