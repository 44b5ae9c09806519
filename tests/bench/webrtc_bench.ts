/**
 * WebRTC against a real Chromium: how soon a call stands, what an echo costs, and whether memory
 * stays flat.
 *
 *   deno run -A tests/bench/webrtc_bench.ts                 connect and cost
 *   deno run -A tests/bench/webrtc_bench.ts --soak 10       ten minutes of ten sessions
 *
 * @module
 */
import { parseArgs } from "node:util";
import { chromium, type Page } from "playwright-core";
import { findChromium } from "../browser/chromium.ts";
import { cpuSeconds, freePort, launch, residentMemory, spread } from "./process.ts";

const { values } = parseArgs({ options: { soak: { type: "string" } } });
const here = (file: string) => new URL(file, import.meta.url).pathname;
const CONNECTS = 15;
const MEASURE_MS = 10_000;

/** Connects a peer that sends a tone; times are in ms since the offer was posted. */
const SCRIPT = `
  window.peers = [];
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
    peers.push(() => { clearInterval(pinging); oscillator.stop(); pc.close(); });
    return times;
  }
  const hangUpAll = () => peers.splice(0).forEach((hangUp) => hangUp());
`;

const port = freePort();
const args = ["--host", "127.0.0.1", "--port", `${port}`];
await using server = await launch(
  ["run", "-A", here("../../mod.ts"), here("../../examples/01-echo.ts"), ...args],
  port,
);
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

if (values.soak) await soak(page, Number(values.soak) * 60_000);
else {
  await connectTimes(page);
  for (const sessions of [1, 5, 25]) await cost(page, sessions);
}
await browser.close();

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

async function soak(page: Page, durationMs: number): Promise<void> {
  for (let i = 0; i < 10; i++) await page.evaluate("connect()");
  const began = performance.now();
  while (performance.now() - began < durationMs) {
    await wait(30_000);
    const minutes = ((performance.now() - began) / 60_000).toFixed(1);
    console.log(`${minutes} min: ${residentMemory(server.pid).toFixed(1)} MB`);
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
