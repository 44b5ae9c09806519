/**
 * Takes calls and counts what comes, for the bench of UDP ports.
 *
 *   deno run -A --v8-flags=--expose-gc tests/bench/udp_port_server.ts PORT shared|own
 *
 * @module
 */
import type { Peer } from "../../src/core/peer.ts";
import { createRoutes } from "../../src/http/hono.ts";
import { serve } from "../../src/runtimes/deno.ts";
import { weriftPeers } from "../../src/ways/webrtc/werift.ts";

const [port, ports] = Deno.args;
const stack = weriftPeers(ports === "shared" ? { udpPort: Number(port) } : {});
const peers: Peer[] = [];
const app = createRoutes()
  .get("/received", (c) => c.text(`${peers.reduce((sum, peer) => sum + (peer.received ?? 0), 0)}`))
  .get("/sessions", (c) => c.text(`${server.runner.sessions.size}`))
  .get("/memory", (c) => {
    Reflect.get(globalThis, "gc")();
    const { heapUsed, external } = Deno.memoryUsage();
    return c.text(`${heapUsed + external}`);
  });

await stack.prepare?.();
const server = await serve(async ({ signal }) => {
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
}, {
  hostname: "127.0.0.1",
  port: Number(port),
  app,
  limits: { startsPerMinute: 10_000, maxLoopLagMs: 10_000 },
  webrtc: {
    async answer(...call) {
      const answered = await stack.answer(...call);
      peers.push(answered.peer);
      void answered.peer.readable.cancel(); // only that it comes is of interest
      return answered;
    },
  },
});
