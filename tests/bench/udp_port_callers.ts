/**
 * Calls that speak, for the bench of UDP ports. Prints how many packets were sent, again and again;
 * the first line comes when all are connected.
 *
 *   deno run -A tests/bench/udp_port_callers.ts ORIGIN SESSIONS PACKETS_A_SECOND
 *
 * @module
 */
import { loadOpus } from "../../src/audio/opus.ts";
import { sine } from "../audio/signals.ts";
import { type Client, createClient } from "../webrtc/client.ts";

const [origin = "", sessions = "", rate = ""] = Deno.args;
const FRAME_MS = 20;
/** Clients that connect at the same time. */
const AT_ONCE = 10;
const everyMs = 1000 / Number(rate);

const opus = await loadOpus();
const encoder = opus.encoder({ sampleRate: 48_000, channels: 1 });
const packet = encoder.encode(sine(440, 48_000, FRAME_MS / 1000));

const clients: Client[] = [];
const answer = async (sdp: string) => {
  const body = JSON.stringify({ sdp, type: "offer" });
  const response = await fetch(`${origin}/api/offer`, { method: "POST", body });
  return (await response.json()).sdp;
};
let left = Number(sessions);
const connectAll = async () => {
  while (left-- > 0) {
    const client = await createClient({ pings: false });
    try {
      await client.accept(await answer(await client.offer()));
      await client.connected();
      clients.push(client);
    } catch {
      // On a busy machine a handshake may take longer than werift's client waits.
      left++;
      await client.close();
    }
  }
};
await Promise.all(Array.from({ length: AT_ONCE }, connectAll));

const began = performance.now();
let sent = 0;
setInterval(() => {
  // One client after the other, as people who talk: not all at once.
  const due = (performance.now() - began) / everyMs * clients.length;
  while (sent < due) {
    const client = clients[sent++ % clients.length];
    client?.send(packet, { pauseMs: everyMs - FRAME_MS });
    if (client) client.packets.length = 0;
  }
}, 2);
console.log(sent);
setInterval(() => console.log(sent), 100);
