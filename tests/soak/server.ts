/**
 * A runner under load, a process of its own: it says back what it hears, or misbehaves if its caller
 * wants it to, and tells at `/state` how it is.
 *
 *   deno run -A tests/soak/server.ts PORT
 */
import { Hono } from "hono";
import { allAudioFaults, type AudioFaults } from "../../src/core/audio_faults.ts";
import type { AppEnv } from "../../src/http/env.ts";
import { serve } from "../../src/runtimes/deno.ts";
import { bot } from "../support/misbehaving_bots.ts";

/** What `/state` answers with. */
export interface ServerState {
  readonly sessions: number;
  readonly heapMB: number;
  readonly rssMB: number;
  /** How late the event loop was since the last time, in ms. */
  readonly lagP99: number;
  readonly lagMax: number;
  /** Live audio that was not heard, since the beginning, by transport. */
  readonly faults: Readonly<Record<string, AudioFaults>>;
}

const SAMPLE_MS = 10;

let late: number[] = [];
let due = performance.now() + SAMPLE_MS;
setInterval(() => {
  const now = performance.now();
  late.push(Math.max(0, now - due));
  due = now + SAMPLE_MS;
}, SAMPLE_MS);

const app = new Hono<AppEnv>().get("/state", (c) => {
  const { heapUsed, rss } = Deno.memoryUsage();
  const sorted = late.sort((a, b) => a - b);
  late = [];
  const state: ServerState = {
    sessions: server.runner.sessions.size,
    heapMB: heapUsed / 2 ** 20,
    rssMB: rss / 2 ** 20,
    lagP99: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    lagMax: sorted.at(-1) ?? 0,
    faults: Object.fromEntries(allAudioFaults()),
  };
  return c.json(state);
});

const server = await serve(bot, {
  hostname: "127.0.0.1",
  port: Number(Deno.args[0] ?? 0),
  app,
  environment: {},
  // A loaded machine is what is looked at: its calls shall not be refused.
  limits: { maxLoopLagMs: false },
});
console.log(server.url);
