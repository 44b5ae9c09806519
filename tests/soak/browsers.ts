/**
 * WebRTC calls that come and go, and look for gaps in their echo; a process of its own.
 *
 *   deno run -A tests/soak/browsers.ts ORIGIN CALLS SEED
 */
import { encoded } from "../webrtc/call.ts";
import { type Client, connect } from "../webrtc/client.ts";
import { speechLike } from "../audio/signals.ts";
import { callLength, seeded } from "./random.ts";
import { answerLines, quantile } from "./report.ts";

/** What a line of the report has. */
export interface BrowserReport {
  readonly calls: number;
  readonly begun: number;
  /** Calls that could not be connected. */
  readonly failed: number;
  /** Echoes that came more than 100 ms after the one before, and the longest such wait, in ms. */
  readonly gaps: number;
  readonly longestGapMs: number;
  readonly lostPercent: number;
  /** How late this process was itself, in ms. */
  readonly lateP99: number;
}

const FRAME_MS = 20;
const GAP_MS = 100;
/** How long a call takes until its echo is there. */
const SETTLE_MS = 1500;
const RETRY_MS = 1000;

const [origin = "", count = "", seed = ""] = Deno.args;
const random = seeded(Number(seed));
const speech = encoded(speechLike(48_000, 4));
let [open, begun, failed, gaps, longest, sent, heard, ended] = [0, 0, 0, 0, 0, 0, 0, false];
let lateness: number[] = [];

/** One call after another. */
async function visits(): Promise<void> {
  while (!ended) {
    try {
      begun++;
      await using client = await connect(offer);
      open++;
      await talk(client, callLength(random)).finally(() => open--);
    } catch (error) {
      failed++;
      console.error(String(error));
      await sleep(RETRY_MS);
    }
  }
}

async function offer(sdp: string): Promise<string> {
  const response = await fetch(`${origin}/api/offer`, {
    method: "POST",
    body: JSON.stringify({ sdp, type: "offer" }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail);
  return answer.sdp;
}

async function talk(client: Client, lastsMs: number): Promise<void> {
  const began = performance.now();
  const { packets } = client;
  let previous: number | undefined;
  client.pc.dtlsTransports[0]?.onRtp.subscribe(() => {
    const now = performance.now();
    if (now - began < SETTLE_MS) return;
    heard++;
    const gap = previous === undefined ? 0 : now - previous;
    previous = now;
    if (gap > GAP_MS) gaps++;
    longest = Math.max(longest, gap);
  });
  for (let i = 0; i * FRAME_MS < lastsMs && !ended; i++) {
    const due = began + i * FRAME_MS;
    const now = performance.now();
    lateness.push(Math.max(0, now - due));
    client.send(speech[i % speech.length] ?? new Uint8Array());
    if (now - began >= SETTLE_MS) sent++;
    packets.length = 0; // nobody decodes them
    await sleep(Math.max(0, due + FRAME_MS - performance.now()));
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const all = Array.from({ length: Number(count) }, async (_, index) => {
  await sleep(index * 200); // so that they do not all begin together
  await visits();
});
await answerLines(() => {
  const report: BrowserReport = {
    calls: open,
    begun,
    failed,
    gaps,
    longestGapMs: longest,
    lostPercent: sent === 0 ? 0 : Math.max(0, (sent - heard) / sent * 100),
    lateP99: quantile(lateness, 0.99),
  };
  [gaps, longest, sent, heard] = [0, 0, 0, 0];
  lateness = [];
  return report;
});
ended = true;
await Promise.race([Promise.all(all), sleep(5000)]);
Deno.exit();
