/**
 * Twilio calls in real time that check their echo; a process of its own.
 *
 *   deno run -A tests/bench/telephony_load.ts URL PID CALLS SECONDS [STALL_MS]
 *
 * Every 20 ms each call sends a frame that carries its number. The added latency is the time until
 * it is back. The ear's delay is what a caller would hear: what came back, played without gaps.
 */
import { cpuSeconds, quantile, residentMemory } from "./process.ts";

const FRAME_MS = 20;
const RAMP_MS = 5;
const SETTLE_MS = 2000;
const DRAIN_MS = 500;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** 157 bytes of µ-law as base64, behind the three that carry the number. */
const FILLER = Uint8Array.from({ length: 157 }, (_, i) => 0x80 + i % 64).toBase64();
const FRAME_BYTES = 160;
const PAYLOAD_BASE64_LENGTH = 216;

interface Sample {
  readonly sentAt: number;
  latency?: number;
  ear?: number;
}

interface Call {
  readonly socket: WebSocket;
  readonly streamSid: string;
  readonly samples: Sample[];
  due: number;
  playedUntil: number;
}

/** Three bytes of 0x80 and up, with six bits of the number in each: any µ-law codec keeps them. */
function encodeNumber(number: number): string {
  const bytes = [12, 6, 0].map((shift) => 0x80 + (number >> shift & 63));
  return Uint8Array.from(bytes).toBase64();
}

function decodeNumber(base64: string): number {
  let bits = 0;
  for (let i = 0; i < 4; i++) bits = bits << 6 | ALPHABET.indexOf(base64[i] ?? "");
  return (bits >> 16 & 63) << 12 | (bits >> 8 & 63) << 6 | bits & 63;
}

/** The numbers of the frames in a message; a server may put several into one. */
function numbersIn(data: string): number[] {
  const at = data.indexOf('"', data.indexOf('"payload":') + '"payload":'.length) + 1;
  const payload = data.slice(at, data.indexOf('"', at));
  if (payload.length <= PAYLOAD_BASE64_LENGTH) return [decodeNumber(payload)];
  const bytes = Uint8Array.fromBase64(payload);
  return Array.from(
    { length: Math.ceil(bytes.length / FRAME_BYTES) },
    (_, i) => decodeNumber(bytes.subarray(i * FRAME_BYTES, i * FRAME_BYTES + 3).toBase64()),
  );
}

function open(url: string, index: number): Promise<Call> {
  const socket = new WebSocket(url);
  const streamSid = `MZ${index}`;
  const call = { socket, streamSid, samples: [], due: 0, playedUntil: 0 };
  socket.addEventListener("message", ({ data }) => arrived(call, data));
  return new Promise((resolve, reject) => {
    socket.addEventListener("error", () => reject(new Error("A call was refused.")));
    socket.addEventListener("open", () => {
      socket.send(`{"event":"connected","protocol":"Call","version":"1.0.0"}`);
      const start = { streamSid, callSid: `CA${index}` };
      socket.send(JSON.stringify({ event: "start", streamSid, start }));
      call.due = performance.now() + Math.random() * FRAME_MS;
      resolve(call);
    });
  });
}

function send(call: Call): void {
  const number = call.samples.length;
  const payload = encodeNumber(number) + FILLER;
  const timestamp = `"chunk":"${number + 1}","timestamp":"${number * FRAME_MS}"`;
  call.samples.push({ sentAt: performance.now() });
  call.socket.send(
    `{"event":"media","sequenceNumber":"${number + 2}","media":{"track":"inbound",` +
      `${timestamp},"payload":"${payload}"},"streamSid":"${call.streamSid}"}`,
  );
}

function arrived(call: Call, data: string): void {
  const now = performance.now();
  for (const number of numbersIn(data)) {
    const sample = call.samples[number];
    if (!sample) continue;
    sample.latency = now - sample.sentAt;
    const began = Math.max(call.playedUntil, now);
    call.playedUntil = began + FRAME_MS;
    sample.ear = began - sample.sentAt;
  }
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const [url = "", pid = "", count = "", seconds = "", stallMs = "0"] = Deno.args;
const server = Number(pid);
const idleMemory = residentMemory(server);
const calls: Call[] = [];
const lateness: number[] = [];
let running = true;
const pace = () => {
  if (!running) return;
  const now = performance.now();
  for (const call of calls) {
    for (; call.due <= now; call.due += FRAME_MS) {
      lateness.push(now - call.due);
      send(call);
    }
  }
  setTimeout(pace, 1);
};
pace();
for (let i = 0; i < Number(count); i++) {
  calls.push(await open(url, i));
  await sleep(RAMP_MS);
}
await sleep(SETTLE_MS);

lateness.length = 0;
const first = calls.map(({ samples }) => samples.length);
const began = performance.now();
const cpu = cpuSeconds(server);
const own = cpuSeconds(Deno.pid);
let stalledAt = Infinity;
if (stallMs !== "0") {
  await sleep(2000);
  Deno.kill(server, "SIGSTOP");
  await sleep(Number(stallMs));
  stalledAt = performance.now();
  Deno.kill(server, "SIGCONT");
}
await sleep(Number(seconds) * 1000);
const passed = (performance.now() - began) / 1000;
const cpuPercent = (cpuSeconds(server) - cpu) / passed * 100;
const ownPercent = (cpuSeconds(Deno.pid) - own) / passed * 100;
const memory = residentMemory(server);
const last = calls.map(({ samples }) => samples.length);
await sleep(DRAIN_MS);
running = false;

const window = calls.flatMap(({ samples }, i) => samples.slice(first[i], last[i]));
const returned = window.filter(({ latency }) => latency !== undefined);
const latencies = returned.map(({ latency }) => latency ?? NaN);
/** The ear's delay, over the frames that were sent in a span of time after the stall. */
const ear = (from: number, to: number) =>
  quantile(
    returned.filter(({ sentAt }) => sentAt >= stalledAt + from && sentAt < stalledAt + to)
      .map(({ ear = NaN }) => ear),
    0.9,
  );
const round = (value: number) => Math.round(value * 100) / 100;
console.log(JSON.stringify({
  p50: round(quantile(latencies, 0.5)),
  p99: round(quantile(latencies, 0.99)),
  max: round(quantile(latencies, 1)),
  returnedPercent: round(returned.length / window.length * 100),
  cpuPerCall: round(cpuPercent / calls.length * 1000) / 1000,
  kilobytesPerCall: round((memory - idleMemory) * 1024 / calls.length),
  generator: { cpu: round(ownPercent), lateP99: round(quantile(lateness, 0.99)) },
  ...(stallMs === "0" ? {} : {
    earBeforeStall: round(ear(-1000 - Number(stallMs), -Number(stallMs))),
    earAfterStall: [0, 500, 1000, 1500, 2000, 2500].map((from) => round(ear(from, from + 500))),
  }),
}));
for (const { socket } of calls) socket.close();
await sleep(200);
Deno.exit(0);
