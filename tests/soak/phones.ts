/**
 * Phone calls of all carriers that come and go, and check their echo; a process of its own.
 *
 *   deno run -A tests/soak/phones.ts ORIGIN CALLS SEED
 *
 * Every 20 ms of audio carry a number. What is back with that number has come through.
 */
import { FROM_CARRIER } from "../carriers/messages.ts";
import { callLength, seeded } from "./random.ts";
import { answerLines, quantile } from "./report.ts";

/** What a line of the report has. */
export interface PhoneReport {
  readonly calls: number;
  /** Calls that were begun, and of them those that were refused or cut. */
  readonly begun: number;
  readonly broken: number;
  /** Added latency in ms, of all carriers but Exotel, which takes 100 ms at a time. */
  readonly p50: number;
  readonly p99: number;
  readonly lostPercent: number;
  /** How late this process was itself, in ms. */
  readonly lateP99: number;
}

const CARRIERS = ["twilio", "telnyx", "plivo", "exotel"] as const;
const FRAME_MS = 20;
const FRAME_SAMPLES = 160;
/** Audio that is not back by then is lost, in ms. */
const LOST_MS = 2000;

interface Call {
  readonly carrier: typeof CARRIERS[number];
  readonly socket: WebSocket;
  /** When each frame was sent that is not back. */
  readonly waiting: Map<number, number>;
  frames: number;
  due: number;
  endsAt: number;
}

const [origin = "", count = "", seed = ""] = Deno.args;
const random = seeded(Number(seed));
const calls = new Set<Call>();
let latencies: number[] = [];
let lateness: number[] = [];
let [sent, lost, begun, broken, ended] = [0, 0, 0, 0, false];

function open(): void {
  const carrier = CARRIERS[Math.floor(random() * CARRIERS.length)] ?? "twilio";
  const socket = new WebSocket(`${origin.replace("http", "ws")}/ws`);
  const call: Call = { carrier, socket, waiting: new Map(), frames: 0, due: Infinity, endsAt: 0 };
  const lasts = callLength(random);
  calls.add(call);
  begun++;
  socket.addEventListener("open", () => {
    const { start } = FROM_CARRIER[carrier];
    if ("connected" in FROM_CARRIER[carrier]) {
      socket.send(JSON.stringify(Reflect.get(FROM_CARRIER[carrier], "connected")));
    }
    socket.send(JSON.stringify(start));
    const now = performance.now();
    call.due = now + random() * FRAME_MS;
    call.endsAt = now + lasts;
  });
  socket.addEventListener("message", ({ data }) => arrived(call, data));
  socket.addEventListener("close", () => {
    if (!calls.delete(call)) return;
    broken++; // by the server: those that we end are no longer there
  });
}

function hangUp(call: Call): void {
  calls.delete(call);
  const { stop } = FROM_CARRIER[call.carrier];
  if (random() < 0.5 && call.socket.readyState === WebSocket.OPEN) {
    call.socket.send(JSON.stringify(stop));
  }
  call.socket.close();
}

/** Sends one message: 20 ms, or 100 ms to Exotel. */
function speak(call: Call, now: number): void {
  const frames = call.carrier === "exotel" ? 5 : 1;
  const samples: number[] = [];
  for (let i = 0; i < frames; i++) {
    samples.push(...numbered(call.frames));
    call.waiting.set(call.frames++, now);
    sent++;
  }
  const { media } = FROM_CARRIER[call.carrier];
  const payload = encode(call.carrier, samples);
  const chunk = String(call.frames / frames);
  const timestamp = String((call.frames - frames) * FRAME_MS);
  call.socket.send(
    JSON.stringify({ ...media, media: { ...media.media, chunk, timestamp, payload } }),
  );
  call.due += frames * FRAME_MS;
}

function arrived(call: Call, data: string): void {
  const payload = /"payload":"([^"]*)"/.exec(data)?.[1];
  if (payload === undefined) return;
  const now = performance.now();
  const samples = decode(call.carrier, payload);
  for (let at = 0; at + 3 <= samples.length; at += FRAME_SAMPLES) {
    const number = samples[at]! << 12 | samples[at + 1]! << 6 | samples[at + 2]!;
    const sentAt = call.waiting.get(number);
    if (sentAt === undefined) continue;
    call.waiting.delete(number);
    if (call.carrier !== "exotel") latencies.push(now - sentAt);
  }
}

/** 20 ms as values of six bits, of which the first three are the number. */
function numbered(number: number): number[] {
  const filler = Array.from({ length: FRAME_SAMPLES - 3 }, (_, i) => i % 64);
  return [number >> 12 & 63, number >> 6 & 63, number & 63, ...filler];
}

/** Six bits as µ-law, or as 16 bits: either comes back as it was. */
function encode(carrier: Call["carrier"], values: readonly number[]): string {
  if (carrier !== "exotel") return Uint8Array.from(values, (value) => 0x80 + value).toBase64();
  const samples = Int16Array.from(values, (value) => value * 256);
  return new Uint8Array(samples.buffer).toBase64();
}

function decode(carrier: Call["carrier"], payload: string): Uint8Array {
  const bytes = Uint8Array.fromBase64(payload);
  return carrier === "exotel"
    ? bytes.filter((_, index) => index % 2 === 1)
    : bytes.map((byte) => byte & 63);
}

function pace(): void {
  const now = performance.now();
  for (const call of [...calls]) {
    for (; call.due <= now && calls.has(call);) {
      lateness.push(now - call.due);
      speak(call, now);
    }
    for (const [number, sentAt] of call.waiting) {
      if (now - sentAt < LOST_MS) break;
      call.waiting.delete(number);
      lost++;
    }
    if (call.endsAt > 0 && now >= call.endsAt) hangUp(call);
  }
  // One at a time, so that they do not all begin together.
  if (!ended && calls.size < Number(count)) open();
  if (!ended) setTimeout(pace, 2);
}

pace();
await answerLines(() => {
  const report: PhoneReport = {
    calls: calls.size,
    begun,
    broken,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    lostPercent: sent === 0 ? 0 : lost / sent * 100,
    lateP99: quantile(lateness, 0.99),
  };
  latencies = [];
  lateness = [];
  [sent, lost] = [0, 0];
  return report;
});
ended = true;
for (const call of [...calls]) hangUp(call);
setTimeout(() => Deno.exit(), 500);
