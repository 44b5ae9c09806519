/**
 * One process of a fleet under test: `deno run … process.ts '{"port":7861,…}'`. It says back what it
 * hears, tells what it runs, and drains when it is told to end.
 *
 * @module
 */
import { connectRedis, redisFleet, redisStore } from "../../../src/redis/mod.ts";
import { kvFleet, kvStore, serve } from "../../../src/runtimes/deno.ts";
import type { Limits } from "../../../src/sessions/limits.ts";
import { bot, options as own } from "./bot.ts";

/** How a process is started. */
export interface ProcessOptions {
  readonly port: number;
  /** Where the processes find each other: `redis://…`, or the path of a file of Deno KV. */
  readonly directory: string;
  readonly secret: string;
  readonly limits?: Limits;
  /** How long a drain waits, in ms. */
  readonly drainMs?: number;
}

const options: ProcessOptions = JSON.parse(Deno.args[0] ?? "{}");
const { port, directory, secret, limits = {}, drainMs = 120_000 } = options;
async function shared() {
  if (directory.startsWith("redis:")) {
    const redis = await connectRedis(directory);
    return { fleet: redisFleet(redis), store: redisStore(redis) };
  }
  const kv = await Deno.openKv(directory);
  return { fleet: kvFleet(kv), store: kvStore(kv) };
}

const server = await serve(bot, {
  hostname: "127.0.0.1",
  port,
  secret,
  advertise: `http://127.0.0.1:${port}`,
  environment: {},
  insecureCarriers: true,
  trustProxy: true, // the balancer in front says by which name it was called
  ...own,
  limits: { ...own.limits, ...limits },
  ...await shared(),
});
Deno.addSignalListener("SIGTERM", async () => {
  await server.drain({ deadlineMs: drainMs });
  Deno.exit();
});
console.log("ready");
