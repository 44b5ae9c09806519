/**
 * Which UDP port the calls of a server are on.
 */
import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { serve } from "../../../src/runtimes/deno.ts";
import type { ServeOptions } from "../../../src/runtimes/serve_options.ts";
import { createClient, delay } from "../client.ts";

function bind(port: number): Promise<Socket> {
  const socket = createSocket("udp4");
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, () => resolve(socket));
  });
}

const close = (socket: Socket) => new Promise<void>((done) => socket.close(() => done()));
const isFree = (port: number) =>
  bind(port).then((socket) => close(socket).then(() => true), () => false);

/** The ports in the answers to two offers, and the port of HTTP. */
async function portsWith(options: ServeOptions): Promise<{ udp: Set<number>; http: number }> {
  const server = await serve(() => {}, { hostname: "127.0.0.1", port: 0, ...options });
  const udp = new Set<number>();
  for (let i = 0; i < 2; i++) {
    const client = await createClient();
    const body = JSON.stringify({ sdp: await client.offer(), type: "offer" });
    const response = await fetch(`${server.url}/api/offer`, { method: "POST", body });
    const { sdp } = await response.json();
    for (const [, port] of sdp.matchAll(/^a=candidate:\S+ 1 udp \d+ \S+ (\d+)/gm)) udp.add(+port);
    await client.close();
  }
  await server.close();
  await delay(40); // werift's last timer
  return { udp, http: Number(new URL(server.url).port) };
}

Deno.test("all calls are on the UDP port of HTTP's number, which is free again after the end", async () => {
  const { udp, http } = await portsWith({});

  assert.deepEqual([...udp], [http]);
  assert.equal(await isFree(http), true);
});

Deno.test("or on another, or each on its own", async () => {
  const another = await portsWith({ udpPort: 0 });
  const own = await portsWith({ udpPort: false });

  assert.equal(another.udp.size, 1);
  assert.ok(own.udp.size > 1);
});

Deno.test("a server whose UDP port is taken does not start", async () => {
  const taken = await bind(0);
  const { port } = taken.address();

  const started = serve(() => {}, { hostname: "127.0.0.1", port: 0, udpPort: port });

  await assert.rejects(started, { code: "no_udp_port", message: `UDP port ${port} is in use.` });
  await close(taken);
});
