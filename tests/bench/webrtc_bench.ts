/**
 * WebRTC against a real Chromium: how soon a call stands, what an echo costs, and whether memory
 * stays flat.
 *
 *   deno run -A tests/bench/webrtc_bench.ts                 connect and cost
 *   deno run -A tests/bench/webrtc_bench.ts --first 7       the first call of seven processes each
 *   deno run -A tests/bench/webrtc_bench.ts --soak 10       ten minutes of ten sessions, in AES-GCM
 *   deno run -A tests/bench/webrtc_bench.ts --soak 10 --profile ctr     the same in counter mode
 *
 * @module
 */
import { parseArgs } from "node:util";
import { chromium, type Page } from "playwright-core";
import { findChromium } from "../browser/chromium.ts";
import { cpuSeconds, freePort, launch, residentMemory, spread } from "./process.ts";
import { type Callers, counterModeCallers, gcmCallers } from "./soak_callers.ts";

const { values } = parseArgs({
  options: {
    soak: { type: "string" },
    profile: { type: "string", default: "gcm" },
    first: { type: "string" },
  },
});
if (!["gcm", "ctr"].includes(values.profile)) throw new Error("--profile takes gcm or ctr.");
const here = (file: string) => new URL(file, import.meta.url).pathname;
const CONNECTS = 15;
const MEASURE_MS = 10_000;
const SOAK_SESSIONS = 10;

/** Connects a peer that sends a tone; times are in ms since the offer was posted. */
const SCRIPT = `
  window.peers = [];
  window.connections = [];
  async function connect() {
    window.audio ??= new AudioContext();
    await audio.resume();
    const oscillator = audio.createOscillator();
    const destination = audio.createMediaStreamDestination();
    oscillator.connect(destination);
    oscillator.start();
    const pc = new RTCPeerConnection();
    const channel = pc.createDataChannel("chat");
    const pinging = setInterval(() => channel.readyState === "open" && channel.send("ping: 0"), 1000);
    pc.addTransceiver(destination.stream.getTracks()[0], { streams: [destination.stream] });
    const connected = new Promise((resolve) => pc.onconnectionstatechange = () =>
      pc.connectionState === "connected" && resolve(performance.now()));
    const media = new Promise((resolve) => pc.ontrack = ({ track, streams }) => {
      const element = new Audio();
      element.srcObject = streams[0] ?? new MediaStream([track]);
      element.muted = true;
      element.play();
      track.onunmute = () => resolve(performance.now());
    });
    await pc.setLocalDescription();
    while (pc.iceGatheringState !== "complete") await new Promise((r) => setTimeout(r, 5));
    const posted = performance.now();
    const response = await fetch("/api/offer", {
      method: "POST",
      body: JSON.stringify({ sdp: pc.localDescription.sdp, type: "offer" }),
    });
    const { sdp } = await response.json();
    const answered = performance.now();
    await pc.setRemoteDescription({ type: "answer", sdp });
    const times = [answered, await connected, await media].map((time) => time - posted);
    connections.push(pc);
    peers.push(() => { clearInterval(pinging); oscillator.stop(); pc.close(); });
    return times;
  }
  const hangUpAll = () => {
    connections = [];
    peers.splice(0).forEach((hangUp) => hangUp());
  };
  const stats = async (type) =>
    (await Promise.all(connections.map((pc) => pc.getStats())))
      .flatMap((report) => [...report.values()].filter((each) => each.type === type));
  const profiles = async () => (await stats("transport")).map(({ srtpCipher }) => srtpCipher);
  const heard = async () =>
    (await stats("inbound-rtp")).reduce((sum, { packetsReceived }) => sum + packetsReceived, 0);
`;

const launchRunner = () => {
  const port = freePort();
  const args = ["--host", "127.0.0.1", "--port", `${port}`];
  return launch(
    ["run", "-A", here("../../mod.ts"), here("../../examples/01-echo.ts"), ...args],
    port,
  );
};
await using server = await launchRunner();
const browser = await chromium.launch({
  executablePath: await findChromium(),
  args: [
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-dev-shm-usage", // containers have little of it
  ],
});
const page = await browser.newPage();
await page.goto(`${server.origin}/status`);
await page.addScriptTag({ content: SCRIPT });
await wait(2000); // the WebRTC stack loads after the server listens

if (values.first) {
  await firstCalls(page, Number(values.first));
} else if (values.soak) {
  const callers = values.profile === "ctr"
    ? await counterModeCallers(server.origin, SOAK_SESSIONS)
    : await gcmCallers(page, SOAK_SESSIONS);
  await soak(callers, Number(values.soak) * 60_000);
} else {
  await connectTimes(page);
  for (const sessions of [1, 5, 25]) await cost(page, sessions);
}
await browser.close();
if (values.soak) {
  await server[Symbol.asyncDispose]();
  Deno.exit(); // the callers in counter mode go on for ever
}

async function connectTimes(page: Page): Promise<void> {
  const times: number[][] = [];
  for (let i = 0; i < CONNECTS; i++) {
    times.push(await page.evaluate<number[]>("connect()"));
    await page.evaluate("hangUpAll()");
    await wait(200);
  }
  const names = ["offer → answer", "offer → connected", "offer → first media"];
  console.table(Object.fromEntries(names.map((name, index) => {
    const [first, ...later] = times.map((each) => each[index] ?? NaN);
    const { median, min, max } = spread(later);
    const text = (ms: number) => `${ms.toFixed(0)} ms`;
    return [name, {
      first: text(first ?? NaN),
      median: text(median),
      min: text(min),
      max: text(max),
    }];
  })));
}

/** The first calls of processes, by what the client did before its offer. */
async function firstCalls(page: Page, rounds: number): Promise<void> {
  const before: Record<string, string> = {
    "nothing": "0",
    "POST /start": `fetch("/start", { method: "POST", body: "{}" }).then((r) => r.json())`,
    "the page": `fetch("/client/").then((r) => r.text())`,
  };
  const rows: Record<string, Record<string, string>> = {};
  for (const [what, step] of Object.entries(before)) {
    const times: number[][] = [];
    for (let i = 0; i < rounds; i++) {
      await using fresh = await launchRunner();
      await page.goto(`${fresh.origin}/status`);
      await page.addScriptTag({ content: SCRIPT });
      await wait(2000); // the WebRTC stack loads after the server listens
      const idle = residentMemory(fresh.pid);
      await page.evaluate(step);
      times.push([...await page.evaluate<number[]>("connect()"), idle]);
      await page.evaluate("hangUpAll()");
    }
    const text = (index: number) => {
      const { median, min, max } = spread(times.map((each) => each[index] ?? NaN));
      return `${median.toFixed(0)} (${min.toFixed(0)}–${max.toFixed(0)})`;
    };
    rows[what] = { answer: text(0), connected: text(1), media: text(2), "idle MB": text(3) };
  }
  console.log("The first call of a process, in ms since its offer, by what came before it:");
  console.table(rows);
}

async function cost(page: Page, sessions: number): Promise<void> {
  for (let i = 0; i < sessions; i++) await page.evaluate("connect()");
  await wait(2000);
  const before = cpuSeconds(server.pid);
  const began = performance.now();
  await wait(MEASURE_MS);
  const share = (cpuSeconds(server.pid) - before) / (performance.now() - began) * 1000;
  await page.evaluate("hangUpAll()");
  await wait(1500);
  console.log(
    `${sessions} echo sessions: ${(share / sessions * 100).toFixed(2)} % of a core each, ` +
      `${residentMemory(server.pid).toFixed(0)} MB`,
  );
}

async function soak(callers: Callers, durationMs: number): Promise<void> {
  const profiles = await callers.profiles();
  console.log(`${profiles.length} sessions, negotiated: ${[...new Set(profiles)].join(", ")}`);
  const began = performance.now();
  let before = began;
  await callers.heard();
  while (performance.now() - began < durationMs) {
    await wait(Math.min(30_000, durationMs));
    const now = performance.now();
    const minutes = ((now - began) / 60_000).toFixed(1);
    const perSecond = await callers.heard() / (now - before) * 1000;
    before = now;
    const back = (perSecond / profiles.length).toFixed(1);
    const memory = residentMemory(server.pid).toFixed(1);
    console.log(`${minutes} min: ${memory} MB, ${back} packets a second come back to each`);
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
