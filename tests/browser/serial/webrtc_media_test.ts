/**
 * Chromium's WebRTC against the peers: what it negotiates, what it hears, and how soon.
 */
import assert from "node:assert/strict";
import type { Peer } from "../../../src/core/peer.ts";
import { weriftPeers } from "../../../src/ways/webrtc/werift.ts";
import { launchChromium, type TestBrowser } from "../chromium.ts";
import { assertMelody, listenFor, melodyWav, type Recording } from "../known_audio.ts";

const SEED = 11;
/** Samples per second of what the page records, in Hz. */
const RECORDED_RATE = 16_000;

/** What the page's script leaves on the window. */
interface Times {
  readonly answered: number;
  readonly ice: number;
  readonly connected: number;
  readonly open?: number;
  readonly media: number;
}

interface Stats {
  readonly received: number;
  readonly lost: number;
  readonly concealed: number;
  readonly total: number;
  readonly bufferMs: number;
  readonly cipher: string;
  readonly sent: number;
  readonly lostByUs: number;
}

/** A client in the page. Times are in ms since the offer was posted. */
const SCRIPT = `
  async function connect({ data = true, video = true } = {}) {
    const times = {};
    const media = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    });
    const pc = window.pc = new RTCPeerConnection();
    window.sender = pc.addTransceiver(media.getAudioTracks()[0], { direction: "sendrecv" }).sender;
    window.track = media.getAudioTracks()[0];
    if (video) {
      pc.addTransceiver("video", { direction: "sendrecv" });
      pc.addTransceiver("video", { direction: "sendonly" });
    }
    let start;
    const once = (name) => times[name] ??= performance.now() - start;
    const open = !data ? undefined : new Promise((resolve) => {
      const channel = window.channel = pc.createDataChannel("chat", { ordered: true });
      window.messages = [];
      channel.onmessage = ({ data }) => window.messages.push(data);
      channel.onopen = () => {
        once("open");
        setInterval(() => channel.readyState === "open" && channel.send("ping: 0"), 1000);
        resolve();
      };
    });
    pc.oniceconnectionstatechange = () => pc.iceConnectionState === "connected" && once("ice");
    const connected = new Promise((resolve, reject) => {
      pc.onconnectionstatechange = () => {
        if (pc.connectionState === "connected") resolve(once("connected"));
        if (pc.connectionState === "failed") reject(new Error("failed"));
      };
    });
    window.tracks = 0;
    const heard = new Promise((resolve) => {
      pc.ontrack = ({ track, streams }) => {
        window.tracks++;
        window.remote = streams[0];
        track.onunmute = () => resolve(once("media"));
      };
    });
    await pc.setLocalDescription(await pc.createOffer());
    while (pc.iceGatheringState !== "complete") await new Promise((r) => setTimeout(r, 2));
    start = performance.now();
    const response = await fetch("/offer", { method: "POST", body: pc.localDescription.sdp });
    const sdp = await response.text();
    once("answered");
    await pc.setRemoteDescription({ type: "answer", sdp });
    await Promise.all([connected, heard, open]);
    const player = new Audio();
    player.srcObject = window.remote;
    player.muted = true;
    await player.play();
    return times;
  }
  async function restartIce() {
    const before = pc.localDescription.sdp.match(/ice-ufrag:(\\S+)/)[1];
    pc.restartIce();
    await pc.setLocalDescription(await pc.createOffer());
    while (pc.iceGatheringState !== "complete") await new Promise((r) => setTimeout(r, 2));
    const response = await fetch("/again", { method: "POST", body: pc.localDescription.sdp });
    await pc.setRemoteDescription({ type: "answer", sdp: await response.text() });
    while (pc.iceConnectionState !== "connected") await new Promise((r) => setTimeout(r, 2));
    return before !== pc.localDescription.sdp.match(/ice-ufrag:(\\S+)/)[1];
  }
  async function record(ms) {
    const context = new AudioContext({ sampleRate: ${RECORDED_RATE} });
    await context.resume();
    const source = context.createMediaStreamSource(window.remote);
    const recorder = context.createScriptProcessor(4096, 1, 1);
    const samples = [];
    source.connect(recorder);
    recorder.connect(context.destination);
    await new Promise((resolve) => {
      recorder.onaudioprocess = ({ inputBuffer }) => {
        samples.push(...inputBuffer.getChannelData(0));
        if (samples.length >= ms * context.sampleRate / 1000) resolve();
      };
    });
    await context.close();
    return samples;
  }
  async function stats() {
    const found = {};
    (await window.pc.getStats()).forEach((s) => {
      if (s.type === "inbound-rtp" && s.kind === "audio") {
        found.received = s.packetsReceived;
        found.lost = s.packetsLost;
        found.concealed = s.concealedSamples;
        found.total = s.totalSamplesReceived;
        found.bufferMs = 1000 * s.jitterBufferDelay / s.jitterBufferEmittedCount;
      }
      if (s.type === "outbound-rtp" && s.kind === "audio") found.sent = s.packetsSent;
      if (s.type === "remote-inbound-rtp") found.lostByUs = s.packetsLost;
      if (s.type === "transport") found.cipher = s.srtpCipher;
    });
    return found;
  }
`;

interface Session extends AsyncDisposable {
  readonly browser: TestBrowser;
  /** Runs in the page. */
  run<T>(expression: string): Promise<T>;
  /** What the page hears. */
  record(milliseconds: number): Promise<Recording>;
  /** The peers, in the order of their offers. */
  readonly peers: readonly Peer[];
}

async function session(): Promise<Session> {
  const factory = weriftPeers();
  await factory.prepare?.();
  const peers: Peer[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    if (request.method !== "POST") {
      const page = "<!doctype html><title>WebRTC</title>";
      return new Response(page, { headers: { "content-type": "text/html" } });
    }
    if (new URL(request.url).pathname === "/again") {
      return new Response(await peers.at(-1)?.answer(await request.text()));
    }
    const { peer, sdp } = await factory.answer(crypto.randomUUID(), await request.text());
    peer.intercept((data) => (peer.send(data), true));
    void peer.readable.pipeTo(peer.writable);
    peers.push(peer);
    return new Response(sdp);
  });
  const browser = await launchChromium(melodyWav(SEED));
  const { page } = await browser.open(`http://127.0.0.1:${server.addr.port}/`);
  await page.evaluate(
    SCRIPT.replaceAll(/^ {2}async function (\w+)/gm, "window.$1 = async function"),
  );
  return {
    browser,
    peers,
    run: (expression) => page.evaluate(expression),
    record: async (milliseconds) => ({
      samples: await page.evaluate(`record(${milliseconds})`),
      sampleRate: RECORDED_RATE,
    }),
    async [Symbol.asyncDispose]() {
      // They end at once while there is somebody at the other end.
      for (const peer of peers) {
        peer.close();
        await peer[Symbol.asyncDispose]();
      }
      await browser[Symbol.asyncDispose]();
      await server.shutdown();
    },
  };
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

Deno.test("Chromium hears its echo, encrypted with AES-GCM and without a gap", async () => {
  await using s = await session();

  const times = await s.run<Times>("connect()");
  await delay(1000); // until the browser knows how long to buffer
  const before = await s.run<Stats>("stats()");
  const heard = await listenFor(SEED, s.record);
  const stats = await s.run<Stats>("stats()");
  const concealed = (stats.concealed - before.concealed) / (stats.total - before.total);

  console.log("first call:", rounded(times), stats, { concealed });
  assertMelody(heard, "heard");
  assert.equal(stats.cipher, "SRTP_AEAD_AES_128_GCM");
  assert.equal(stats.lost, 0);
  assert.equal(stats.lostByUs ?? 0, 0);
  assert.ok(concealed < 0.1, `${concealed} concealed`); // none on a machine that is not busy
  assert.ok(stats.bufferMs < 120, `${stats.bufferMs} ms of buffer`);
  const { roundTripMs = -1, user, bot } = s.peers[0]?.stats?.() ?? {};
  console.log("as the peer saw it:", { roundTripMs, user, bot });
  assert.ok(roundTripMs >= 0 && roundTripMs < 50, `${roundTripMs} ms`);
  for (const side of [user, bot]) {
    assert.ok(side && side.lossRatio < 0.01 && side.jitterMs < 20 && side.mos > 4.2);
  }
  assert.equal(await s.run("window.tracks"), 2, "a track for sound, and one for the bot's picture");
});

Deno.test("Chromium is connected at once, its leaving is noticed at once", async () => {
  await using s = await session();
  const runs: Times[] = [];
  const ends: number[] = [];

  for (let i = 0; i < 5; i++) {
    runs.push(await s.run<Times>("connect()"));
    const start = performance.now();
    await s.run("window.pc.close()");
    await s.peers.at(-1)?.closed;
    ends.push(performance.now() - start);
  }

  for (const times of runs) console.log(rounded(times));
  console.log("noticed after", ends.map(Math.round), "ms");
  assert.ok(Math.min(...runs.map(({ connected }) => connected)) < 100);
  assert.ok(ends.every((ms) => ms < 1000));
});

Deno.test("Chromium without a data channel is served, and noticed when it leaves", async () => {
  await using s = await session();

  await s.run("connect({ data: false, video: false })");
  await s.run("window.pc.close()");
  const info = await s.peers[0]?.closed;

  assert.equal(info?.closeCode, 1000);
});

Deno.test("app messages come back, large ones too", async () => {
  await using s = await session();
  await s.run("connect()");

  await s.run(`channel.send(JSON.stringify({ text: "x".repeat(60000) }))`);
  await s.run(`channel.send(JSON.stringify("ü"))`);
  await s.run("new Promise((r) => setInterval(() => messages.length === 2 && r(), 5))");

  assert.deepEqual(await s.run("messages.map((text) => text.length)"), [60_011, 3]);
});

Deno.test("the bot's hanging up reaches the page", async () => {
  await using s = await session();
  await s.run("connect()");

  s.peers[0]?.close();
  await s.run("new Promise((r) => setInterval(() => messages.length === 1 && r(), 5))");

  assert.deepEqual(
    await s.run("JSON.parse(messages[0])"),
    { type: "signalling", message: { type: "peerLeft" } },
  );
});

Deno.test("a muted microphone is silence, and the call goes on afterwards", async () => {
  await using s = await session();
  await s.run("connect()");

  await s.run("sender.replaceTrack(null)");
  await delay(1500);
  const quiet = await s.run<number[]>("record(500)");
  await s.run("sender.replaceTrack(track)");
  const loud = await listenFor(SEED, s.record);
  const stats = await s.run<Stats>("stats()");

  assert.ok(Math.max(...quiet.slice(4000).map(Math.abs)) < 0.01);
  assertMelody(loud, "unmuted");
  assert.equal(stats.lost, 0);
});

Deno.test("an ICE restart goes on with the same call", async () => {
  await using s = await session();
  await s.run("connect()");

  const restarted = await s.run("restartIce()");
  await delay(1000); // until the old pair is given up
  const heard = await listenFor(SEED, s.record);
  await s.run(`channel.send('"still here"')`);
  await s.run("new Promise((r) => setInterval(() => messages.length === 1 && r(), 5))");

  assert.equal(restarted, true);
  assertMelody(heard, "after the restart");
});

function rounded(times: Times): Record<string, number> {
  return Object.fromEntries(
    Object.entries(times).map(([name, ms]) => [name, Math.round(ms * 10) / 10]),
  );
}
