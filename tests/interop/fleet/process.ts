/**
 * One process of a fleet under test: `deno run … process.ts '{"port":7861,…}'`. It says back what it
 * hears, tells what it runs, and drains when it is told to end.
 *
 * @module
 */
import { Hono } from "hono";
import type { RunnerArguments } from "../../../src/core/bot.ts";
import type { AppEnv } from "../../../src/http/env.ts";
import { connectRedis, redisFleet, redisStore } from "../../../src/redis/mod.ts";
import { kvFleet, kvStore, serve } from "../../../src/runtimes/deno.ts";
import type { Limits } from "../../../src/sessions/limits.ts";
import { createTransport } from "../../../src/transports/create.ts";

/** How a process is started. */
export interface ProcessOptions {
  readonly port: number;
  /** Where the processes find each other: `redis://…`, or the path of a file of Deno KV. */
  readonly directory: string;
  readonly secret: string;
  readonly limits?: Limits;
  /** How long a drain waits, in ms. */
  readonly drainMs?: number;
  /** Whether the bot says back what it hears. Default: true. */
  readonly echoes?: boolean;
}

/** A session as its process tells of it at `GET /running`. */
export interface Running {
  readonly sessionId: string;
  readonly callId?: string;
}

const options: ProcessOptions = JSON.parse(Deno.args[0] ?? "{}");
const { port, directory, secret, limits = {}, drainMs = 120_000, echoes = true } = options;
const running = new Map<string, Running>();

async function bot(args: RunnerArguments): Promise<void> {
  const { sessionId } = args;
  const call = "callData" in args ? { callId: args.callData.callId } : {};
  running.set(sessionId, { sessionId, ...call });
  try {
    await using transport = await createTransport(args);
    if (echoes) await transport.readable.pipeTo(transport.writable);
    else for await (const _frame of transport.readable);
  } finally {
    running.delete(sessionId);
  }
}

const app = new Hono<AppEnv>()
  .get("/running", (c) => c.json([...running.values()]))
  .get("/where", (c) => {
    const { session } = c.var;
    return c.json({ id: session?.id, port, running: running.has(session?.id ?? "") });
  });

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
  limits: { maxLoopLagMs: false, ...limits }, // all of a test shares a few cores
  app,
  ...await shared(),
});
Deno.addSignalListener("SIGTERM", async () => {
  await server.drain({ deadlineMs: drainMs });
  Deno.exit();
});
console.log("ready");
