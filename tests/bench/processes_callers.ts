/**
 * WebRTC calls that speak, for the bench of processes: prints how much of it comes back, and how evenly.
 *
 *   deno run -A tests/bench/processes_callers.ts ORIGIN SESSIONS SECONDS
 *
 * @module
 */
import { loadOpus } from "../../src/audio/opus.ts";
import { sine } from "../audio/signals.ts";
import { connect } from "../webrtc/client.ts";
import { quantile } from "./process.ts";

const [origin = "", sessions = "", seconds = ""] = Deno.args;
const FRAME_MS = 20;
const SETTLE_MS = 2000;

const opus = await loadOpus();
const encoder = opus.encoder({ sampleRate: 48_000, channels: 1 });
const packet = encoder.encode(sine(440, 48_000, FRAME_MS / 1000));
const answer = async (sdp: string) => {
  const body = JSON.stringify({ sdp, type: "offer" });
  const headers = { connection: "close" }; // each meets the process that the kernel picks
  const response = await fetch(`${origin}/api/offer`, { method: "POST", body, headers });
  if (!response.ok) throw new Error(`Refused with ${response.status}`);
  return (await response.json()).sdp;
};

interface Caller {
  readonly client: Awaited<ReturnType<typeof connect>>;
  heardAt: number;
}
const callers: Caller[] = [];
let failures = 0;
while (callers.length < Number(sessions)) {
  // On a busy machine a handshake of werift's client may take longer than that waits.
  const client = await connect(answer, { pings: false }).catch(() => undefined);
  if (client) callers.push({ client, heardAt: performance.now() });
  else if (++failures > 10) break;
}

let began = performance.now();
let due = began;
let received = 0;
let gaps: number[] = [];
let lateness: number[] = [];
setInterval(() => {
  for (; due <= performance.now(); due += FRAME_MS) {
    lateness.push(performance.now() - due);
    for (const { client } of callers) client.send(packet);
  }
  const now = performance.now();
  for (const caller of callers) {
    const { packets } = caller.client;
    if (packets.length === 0) continue;
    received += packets.length;
    packets.length = 0;
    gaps.push(now - caller.heardAt);
    caller.heardAt = now;
  }
}, 5);
await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
[received, gaps, lateness, began] = [0, [], [], performance.now()];
await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000));
const expected = (performance.now() - began) / FRAME_MS * callers.length;
console.log(JSON.stringify({
  connected: callers.length,
  returnedPercent: received / expected * 100,
  p99: quantile(gaps, 0.99),
  lateP99: quantile(lateness, 0.99),
}));
Deno.exit(0);
