/**
 * Chromium reaches a bot through two relays, and the one in use is cut.
 */
import assert from "node:assert/strict";
import type { Peer } from "../../../src/core/peer.ts";
import { weriftPeers } from "../../../src/ways/webrtc/werift.ts";
import { until } from "../../webrtc/call.ts";
import { delay } from "../../webrtc/client.ts";
import { iceSession, openRelay, type Relay } from "../../webrtc/guard/second_path.ts";
import { launchChromium } from "../chromium.ts";
import { MELODY_MS, melodyWav } from "../known_audio.ts";

const SCRIPT = `
  window.connect = async () => {
    const { mediaDevices } = navigator;
    const pc = window.pc = new RTCPeerConnection();
    const [track] = (await mediaDevices.getUserMedia({ audio: true })).getAudioTracks();
    pc.addTransceiver(track, { direction: "sendrecv" });
    const channel = pc.createDataChannel("chat");
    const open = new Promise((resolve) => channel.onopen = resolve);
    setInterval(() => channel.readyState === "open" && channel.send("ping: 0"), 1000);
    await pc.setLocalDescription();
    const response = await fetch("/offer", { method: "POST", body: pc.localDescription.sdp });
    await pc.setRemoteDescription({ type: "answer", sdp: await response.text() });
    await open;
  };
  window.heard = async () => {
    const reports = [...(await pc.getStats()).values()];
    return reports.find(({ type }) => type === "inbound-rtp")?.packetsReceived ?? 0;
  };
  /** The longest time without a packet, in ms, and whether they still come at the end. */
  window.longestGap = async (ms) => {
    let [last, count, longest] = [performance.now(), await heard(), 0];
    for (const end = last + ms; performance.now() < end;) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const next = await heard();
      const now = performance.now();
      longest = Math.max(longest, now - last);
      if (next > count) [last, count] = [now, next];
    }
    return longest;
  };
`;

/** Lets a bot speak without end. */
function speak(peer: Peer): void {
  const samples = Int16Array.from({ length: 960 }, (_, i) => 8000 * Math.sin(i / 8));
  const writer = peer.writable.getWriter();
  const write = async () => {
    for (;;) await writer.write({ type: "audio", samples, sampleRate: 48_000, channels: 1 });
  };
  write().catch(() => {}); // the call is over
}

Deno.test("the bot is heard again within a second, and hears again, when a path is cut", async () => {
  await using relays = new AsyncDisposableStack();
  const ways: Relay[] = [];
  const factory = weriftPeers({ udpPort: 0 });
  let peer: Peer | undefined;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    if (request.method !== "POST") {
      return new Response("<!doctype html>", { headers: { "content-type": "text/html" } });
    }
    const offer = await request.text();
    const hidden = offer.replace(/^a=candidate:.*\r\n/gm, "");
    const answered = await factory.answer("pc_1", hidden);
    peer = answered.peer;
    speak(peer);
    const { host, port } = iceSession(offer, answered.sdp);
    for (let i = 0; i < 2; i++) ways.push(relays.use(await openRelay(host, port)));
    const lines = ways.map((way, i) =>
      `a=candidate:${i} 1 udp ${2_130_706_431 - i * 100_000} ${host} ${way.port} typ host\r\n`
    );
    return new Response(answered.sdp.replace(/(^a=candidate:.*\r\n)+/m, lines.join("")));
  });
  await using browser = await launchChromium(melodyWav(3));
  const { page } = await browser.open(`http://127.0.0.1:${server.addr.port}/`);
  await page.evaluate(SCRIPT);
  await page.evaluate("connect()");
  await delay(MELODY_MS);
  let ended = false;
  void peer?.closed.then(() => ended = true);
  let frames = 0;
  void peer?.readable.pipeTo(new WritableStream({ write: () => void frames++ }));

  const [used, other] = ways.toSorted((a, b) => b.passed.down - a.passed.down);
  assert.ok(used && other);
  const gap = page.evaluate<number>("longestGap(8000)");
  await delay(100);
  used.open = false;
  const gapMs = await gap;
  const before = frames;
  await until(() => frames > before + 50);

  console.log(`the bot was not heard for ${Math.round(gapMs)} ms`);
  assert.ok(gapMs < 1000, `${gapMs} ms`);
  assert.equal(ended, false);
  assert.ok(other.passed.up > 50, "the browser has moved too");
  peer?.close();
  await peer?.[Symbol.asyncDispose]();
  await server.shutdown();
});
