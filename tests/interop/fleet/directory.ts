/**
 * Where the processes of a fleet under test find each other.
 *
 * @module
 */
import { type RedisServer, startRedis } from "../redis_server.ts";

/** A directory. */
export interface Directory extends AsyncDisposable {
  /** As `process.ts` takes it. */
  readonly url: string;
  /** The server, where it is one. */
  readonly server?: RedisServer;
}

/** Starts a directory: `redis`, `valkey`, or `kv` for a file of Deno KV. */
export async function startDirectory(kind: string): Promise<Directory> {
  if (kind === "kv") {
    const folder = await Deno.makeTempDir({ prefix: "kv-" });
    const remove = () => Deno.remove(folder, { recursive: true });
    return { url: `${folder}/fleet.kv`, [Symbol.asyncDispose]: remove };
  }
  if (kind !== "redis" && kind !== "valkey") throw new Error(`There is no directory ${kind}`);
  const server = await startRedis(kind);
  return { url: server.url, server, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
