/**
 * A runner that hostile datagrams are sent to, on Deno, Node or Bun, whichever runs this. It says back
 * what it hears, and tells at `/fuzz/state` how it is.
 */
import process from "node:process";
import { type AppEnv, createTransport, type RunnerArguments } from "@pipecat/runner";
import { Hono } from "hono";

/** What `/fuzz/state` answers with. */
export interface BesiegedState {
  readonly sessions: number;
  /** Errors and rejections that nobody caught. */
  readonly uncaught: readonly string[];
  readonly residentMB: number;
}

const MOST_UNCAUGHT = 20;

const uncaught: string[] = [];
const note = (error: unknown) => {
  if (uncaught.length === MOST_UNCAUGHT) return;
  uncaught.push(error instanceof Error ? error.stack ?? error.message : String(error));
};
process.on("unhandledRejection", note);
process.on("uncaughtException", note);

async function bot(args: RunnerArguments): Promise<void> {
  const transport = await createTransport(args, {
    videoIn: { camera: { framesPerSecond: 2 }, encoded: true },
  });
  await transport.readable.pipeTo(transport.writable).catch(() => {}); // the caller has left
  await transport[Symbol.asyncDispose]();
}

const app = new Hono<AppEnv>().get("/fuzz/state", (c) => {
  Reflect.get(globalThis, "gc")?.();
  Reflect.get(globalThis, "Bun")?.gc(true);
  const state: BesiegedState = {
    sessions: server.runner.sessions.size,
    uncaught,
    residentMB: process.memoryUsage().rss / 2 ** 20,
  };
  return c.json(state);
});

const { serve } = "Deno" in globalThis
  ? await import("@pipecat/runner/deno")
  : "Bun" in globalThis
  ? await import("@pipecat/runner/bun")
  : await import("@pipecat/runner/node");
// A machine that is fuzzed is busy, and its calls shall not be refused for that.
const limits = { maxLoopLagMs: false } as const;
const server = await serve(bot, { hostname: "127.0.0.1", port: 0, app, environment: {}, limits });
console.log(server.url);
