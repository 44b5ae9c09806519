/**
 * How much of a call's audio survives a bad network, both ways, between a real Chromium and the
 * runner: the share of good windows of 200 ms (`survival_windows.ts` says what is good).
 *
 *   deno run -A tests/bench/survival_bench.ts [--against OTHER_CHECKOUT] [--seconds 20]
 *
 * With another checkout both are measured in turns, on the same losses.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { chromium, type Page } from "playwright-core";
import { findChromium } from "../browser/chromium.ts";
import { badNetwork, type Impairment } from "./bad_network.ts";
import { freePort, launch, type Launched } from "./process.ts";
import { createWindows, round, SIGNAL } from "./survival_windows.ts";

const { values } = parseArgs({
  options: {
    against: { type: "string" },
    seconds: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
  },
});
const here = new URL("../..", import.meta.url).pathname;
const MEASURE_MS = Number(values.seconds) * 1000;
/** Until both sides have learned of the losses. */
const SETTLE_MS = 5000;
const WINDOW_MS = 200;
const NETWORKS: Readonly<Record<string, Impairment>> = {
  "no loss": { loss: 0, jitterMs: 0 },
  "5 % loss": { loss: 0.05, jitterMs: 0 },
  "10 % loss": { loss: 0.1, jitterMs: 0 },
  "20 % loss": { loss: 0.2, jitterMs: 0 },
  "20 ms jitter": { loss: 0, jitterMs: 20 },
  "50 ms jitter": { loss: 0, jitterMs: 50 },
};

/** Runs in the page: a call through the relay, and the windows of what the bot says. */
const SCRIPT = `
  const createWindows = ${createWindows};
  const round = ${round};
  const SIGNAL = ${JSON.stringify(SIGNAL)};
  async function call(relay) {
    const audio = new AudioContext({ sampleRate: 48_000 });
    await audio.resume();
    const samples = round(SIGNAL, 48_000);
    const buffer = new AudioBuffer({ length: samples.length, sampleRate: 48_000 });
    buffer.copyToChannel(samples, 0);
    const source = new AudioBufferSourceNode(audio, { buffer, loop: true });
    const destination = new MediaStreamAudioDestinationNode(audio, { channelCount: 1 });
    source.connect(destination);
    source.start();
    const pc = new RTCPeerConnection();
    const channel = pc.createDataChannel("chat");
    const pinging = setInterval(() => channel.readyState === "open" && channel.send("ping: 0"), 1000);
    pc.addTrack(destination.stream.getTracks()[0], destination.stream);
    const track = new Promise((resolve) => pc.ontrack = ({ track }) => resolve(track));
    const up = new Promise((resolve) => pc.onconnectionstatechange = () =>
      pc.connectionState === "connected" && resolve());
    await pc.setLocalDescription();
    const sdp = pc.localDescription.sdp.replace(/^a=candidate:.*\\r\\n/gm, "");
    const body = JSON.stringify({ sdp, type: "offer" });
    const answer = await (await fetch("/api/offer", { method: "POST", body })).json();
    const [, address, port] = /^a=candidate:\\S+ 1 udp \\d+ ([\\d.]+) (\\d+)/im.exec(answer.sdp);
    await connectRelay(address, Number(port));
    let named = false;
    const lines = answer.sdp.split("\\r\\n").flatMap((line) => {
      if (!line.startsWith("a=candidate:")) return [line];
      if (named) return [];
      named = true;
      return ["a=candidate:1 1 udp 2130706431 127.0.0.1 " + relay + " typ host"];
    });
    await pc.setRemoteDescription({ type: "answer", sdp: lines.join("\\r\\n") });
    await up;
    const element = new Audio();
    element.srcObject = new MediaStream([await track]);
    element.muted = true;
    await element.play();
    const heard = createWindows(SIGNAL, 48_000);
    const reader = new MediaStreamTrackProcessor({ track: (await track).clone() }).readable.getReader();
    (async () => {
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        const samples = new Float32Array(next.value.numberOfFrames);
        next.value.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
        next.value.close();
        heard.push(samples);
      }
    })();
    window.take = () => heard.take();
    window.hangUp = () => { clearInterval(pinging); reader.cancel(); pc.close(); return audio.close(); };
  }
`;

/** Shares of good windows, 0 to 1. */
interface Survival {
  readonly toBrowser: number;
  readonly toBot: number;
}

const browser = await chromium.launch({
  executablePath: await findChromium(),
  args: [
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-dev-shm-usage", // containers have little of it
  ],
});
const checkouts = [...(values.against ? [values.against] : []), here];
const table: Record<string, Record<string, string>> = {};
for (const [name, impairment] of Object.entries(NETWORKS)) {
  const row: Record<string, string> = table[name] = {};
  for (const checkout of checkouts) {
    await using server = await serve(checkout);
    const { toBrowser, toBot } = await survival(server, impairment);
    const title = checkouts.length === 1 ? "" : checkout === here ? ", after" : ", before";
    row[`to the browser${title}`] = percent(toBrowser);
    row[`to the bot${title}`] = percent(toBot);
  }
  console.log(name, row);
}
await browser.close();
console.table(table);

function serve(checkout: string): Promise<Launched> {
  const port = freePort();
  const bot = new URL("survival_bot.ts", import.meta.url).pathname;
  const config = ["--config", `${checkout}/deno.json`];
  const args = ["--host", "127.0.0.1", "--port", `${port}`];
  return launch(["run", "-A", ...config, `${checkout}/mod.ts`, bot, ...args], port);
}

async function survival(server: Launched, impairment: Impairment): Promise<Survival> {
  await using network = await badNetwork(Number(values.seed));
  const page: Page = await browser.newPage();
  await page.goto(`${server.origin}/status`);
  await page.exposeFunction("connectRelay", network.connect);
  await page.addScriptTag({ content: SCRIPT });
  await page.evaluate(`call(${network.port})`);
  network.impair(impairment);
  await wait(SETTLE_MS);
  const take = async () => ({
    browser: await page.evaluate<{ good: number; all: number }>("take()"),
    bot: await (await fetch(`${server.origin}/survival`)).json() as { good: number; all: number },
  });
  await take();
  const began = performance.now();
  await wait(MEASURE_MS);
  const { browser: heard, bot } = await take();
  // What did not come at all was not good either.
  const due = Math.floor((performance.now() - began) / WINDOW_MS);
  await page.evaluate("hangUp()");
  await page.close();
  const share = ({ good, all }: typeof heard) => good / Math.max(all, due - 1);
  return { toBrowser: share(heard), toBot: share(bot) };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
