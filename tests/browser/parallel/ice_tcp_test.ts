/**
 * Chromium in a network that lets no UDP through.
 */
import assert from "node:assert/strict";
import { createTransport } from "../../../mod.ts";
import { serve } from "../../../src/runtimes/deno.ts";
import { launchChromium } from "../chromium.ts";
import { melodyWav } from "../known_audio.ts";

const SCRIPT = `
  window.connect = async () => {
    const pc = window.pc = new RTCPeerConnection();
    const [track] = (await navigator.mediaDevices.getUserMedia({ audio: true })).getAudioTracks();
    pc.addTrack(track);
    const channel = pc.createDataChannel("chat");
    const open = new Promise((resolve) => channel.onopen = resolve);
    await pc.setLocalDescription();
    const sdp = pc.localDescription.sdp.replace(/^a=candidate:.*\\r\\n/gm, "");
    const body = JSON.stringify({ sdp, type: "offer" });
    const answer = await (await fetch("/api/offer", { method: "POST", body })).json();
    answer.sdp = answer.sdp.replace(/^a=candidate:\\S+ 1 udp .*\\r\\n/gm, "");
    await pc.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    await open;
  };
  /** The protocol of the path in use, once so many packets of the bot have come. */
  window.protocol = async (packets) => {
    for (;;) {
      const reports = [...(await pc.getStats()).values()];
      const of = (type) => reports.filter((report) => report.type === type);
      if (of("inbound-rtp").some(({ packetsReceived }) => packetsReceived > packets)) {
        const { selectedCandidatePairId } = of("transport")[0];
        const { localCandidateId } = reports.find(({ id }) => id === selectedCandidatePairId);
        return reports.find(({ id }) => id === localCandidateId).protocol;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
`;

Deno.test("Chromium talks to a bot by TCP alone", async () => {
  await using server = await serve(async (args) => {
    const transport = await createTransport(args);
    await transport.readable.pipeTo(transport.writable);
    // The only address that this browser may open a connection to.
  }, { hostname: "127.0.0.1", port: 0, tcpPort: 0, publicAddresses: ["127.0.0.1"] });
  await using browser = await launchChromium(melodyWav(1));
  const { page } = await browser.open(`${server.url}/status`);

  await page.evaluate(SCRIPT);
  await page.evaluate("connect()");

  assert.equal(await page.evaluate("protocol(50)"), "tcp");
});
