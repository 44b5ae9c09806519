/**
 * Chromium in a call with video: what its camera and screen show, and what it shows of the bot.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { VideoIn } from "../../src/core/video.ts";
import type { Peer } from "../../src/core/peer.ts";
import { webrtcTransport } from "../../src/transports/peer_transport.ts";
import type { Transport } from "../../src/transports/transport.ts";
import { weriftPeers } from "../../src/ways/webrtc/werift.ts";
import { badNetwork } from "../bench/bad_network.ts";
import { launchChromium } from "./chromium.ts";
import { melodyWav } from "./known_audio.ts";

/**
 * A client in the page, with sections in the order of Pipecat's. What its camera shows is kept for a
 * second, so that a snapshot can be compared with what was there when it was taken.
 */
export const SCRIPT = `
  window.frames = [];
  const sizes = { width: 640, height: 480 };
  const canvasOf = (source, width, height) => {
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext("2d").drawImage(source, 0, 0, width, height);
    return canvas;
  };
  const pixels = (canvas) =>
    canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const decoded = async (bytes) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.fromBase64(bytes)], { type: "image/webp" }));
    return canvasOf(bitmap, bitmap.width, bitmap.height);
  };
  const difference = (one, other) => {
    const [a, b] = [pixels(one), pixels(other)];
    let [sum, most] = [0, 0];
    for (let i = 0; i < a.length; i++) {
      const by = Math.abs(a[i] - b[i]);
      sum += by;
      most = Math.max(most, by);
    }
    return { mean: sum / a.length, most };
  };
  window.connect = async ({ codec, relay, simulcast } = {}) => {
    const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: sizes });
    const [camera] = media.getVideoTracks();
    const local = document.createElement("video");
    Object.assign(local, { srcObject: new MediaStream([camera]), muted: true });
    await local.play();
    setInterval(() => {
      frames.push({ at: performance.now(), canvas: canvasOf(local, 640, 480) });
      if (frames.length > 30) frames.shift();
    }, 33);
    const screen = window.screenCanvas = document.createElement("canvas");
    Object.assign(screen, { width: 1280, height: 720 });
    const context = screen.getContext("2d");
    setInterval(() => {
      context.fillStyle = "rgb(200, 40, 160)";
      context.fillRect(0, 0, 1280, 720);
      context.fillStyle = "white";
      context.fillRect((performance.now() / 10) % 1200, 300, 80, 80);
    }, 50);
    const pc = window.pc = new RTCPeerConnection();
    pc.addTransceiver(media.getAudioTracks()[0], { direction: "sendrecv" });
    window.camera = camera;
    const sendEncodings = [{ rid: "h" }, { rid: "l", scaleResolutionDownBy: 4 }];
    const seen = pc.addTransceiver(
      "video",
      { direction: "sendrecv", ...(simulcast ? { sendEncodings } : {}) },
    );
    const shared = pc.addTransceiver("video", { direction: "sendonly" });
    window.cameraSender = seen.sender;
    window.screenSender = shared.sender;
    window.screenTrack = screen.captureStream(20).getVideoTracks()[0];
    screenTrack.contentHint = "detail"; // as a screen is sent
    if (codec) {
      const all = RTCRtpSender.getCapabilities("video").codecs;
      for (const each of [seen, shared]) {
        each.setCodecPreferences(all.filter(({ mimeType }) => mimeType === codec));
      }
    }
    window.channel = pc.createDataChannel("chat", { ordered: true });
    const up = new Promise((resolve) => channel.onopen = resolve);
    window.bot = document.createElement("video");
    bot.muted = true;
    document.body.append(bot);
    pc.ontrack = ({ track }) => {
      if (track.kind === "video") bot.srcObject = new MediaStream([track]);
    };
    await cameraSender.replaceTrack(camera);
    await pc.setLocalDescription();
    while (pc.iceGatheringState !== "complete") await new Promise((r) => setTimeout(r, 2));
    let offer = pc.localDescription.sdp;
    if (relay) offer = offer.replace(/^a=candidate.*\\r\\n/gm, "");
    let answer = await (await fetch("/offer", { method: "POST", body: offer })).text();
    if (relay) {
      const [, address, port] = /^a=candidate:\\S+ 1 udp \\d+ ([\\d.]+) (\\d+) typ host/m.exec(answer);
      await connectRelay(address, Number(port));
      let kept = false;
      answer = answer.replace(/^a=candidate.*\\r\\n/gm, () => {
        if (kept) return "";
        kept = true;
        return "a=candidate:1 1 udp 2122260223 127.0.0.1 " + relay + " typ host\\r\\n";
      });
    }
    window.answer = answer;
    await pc.setRemoteDescription({ type: "answer", sdp: answer });
    await up;
    bot.play();
  };
  /** Makes another offer for the same call. */
  window.renegotiate = async (direction) => {
    pc.getTransceivers()[1].direction = direction;
    await pc.setLocalDescription();
    const body = pc.localDescription.sdp;
    const sdp = await (await fetch("/again", { method: "POST", body })).text();
    await pc.setRemoteDescription({ type: "answer", sdp });
  };
  /** How much a picture of the camera differs from the most alike of what the camera has shown. */
  window.compare = async (bytes) => {
    const picture = await decoded(bytes);
    const size = [picture.width, picture.height];
    const small = ({ canvas }) => canvasOf(canvas, ...size);
    return { size, mean: Math.min(...frames.map((each) => difference(small(each), picture).mean)) };
  };
  window.colorOf = async (bytes) => {
    const picture = await decoded(bytes);
    return { size: [picture.width, picture.height], color: [...pixels(picture).slice(0, 3)] };
  };
  /** A picture with a mark, as a lossy WebP. */
  window.draw = async (mark, width = 640, height = 480) => {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    const gradient = context.createLinearGradient(0, 0, width, height);
    gradient.addColorStop(0, "hsl(" + 75 * mark + " 50% 15%)");
    gradient.addColorStop(1, "hsl(" + 75 * mark + " 50% 80%)");
    context.fillStyle = gradient;
    context.fillRect(0, 0, width, height);
    context.fillStyle = "white";
    context.font = height / 3 + "px sans-serif";
    context.fillText(mark, width / 4, height / 2);
    const blob = await canvas.convertToBlob({ type: "image/webp", quality: 0.8 });
    return new Uint8Array(await blob.arrayBuffer()).toBase64();
  };
  /** Waits until the bot's picture is on the screen; returns how much it differs. */
  window.shows = async (bytes, ms = 4000) => {
    const picture = await decoded(bytes);
    const start = performance.now();
    for (;;) {
      await new Promise((r) => setTimeout(r, 20));
      const took = performance.now() - start;
      const { videoWidth, videoHeight } = bot;
      if (videoWidth === picture.width && videoHeight === picture.height) {
        const found = difference(canvasOf(bot, videoWidth, videoHeight), picture);
        if (found.mean < 2 || took > ms) return { ...found, took };
      } else if (took > ms) return { mean: 255, most: 255, took, size: [videoWidth, videoHeight] };
    }
  };
  window.stats = async () => {
    const found = {};
    (await pc.getStats()).forEach((s) => {
      if (s.type === "outbound-rtp" && s.kind === "video") {
        const name = s.mid === "1" ? "camera" : "screen";
        found[name] = { pli: s.pliCount, nack: s.nackCount, keys: s.keyFramesEncoded, packets: s.packetsSent, bytes: s.bytesSent };
      }
      if (s.type === "inbound-rtp" && s.kind === "video") found.bot = s;
    });
    return found;
  };
`;

export interface Session extends AsyncDisposable {
  readonly transport: Transport;
  run<T>(expression: string): Promise<T>;
}

export interface SessionOptions {
  readonly videoIn?: VideoIn;
  readonly codec?: string;
  /** Offers the camera in two sizes. */
  readonly simulcast?: boolean;
  /** The share of packets that is lost, each way. */
  readonly loss?: number;
}

export async function session(
  { videoIn, codec, simulcast, loss }: SessionOptions = {},
): Promise<Session> {
  const factory = weriftPeers();
  let transport: Transport | undefined;
  let peer: Peer | undefined;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    if (request.method !== "POST") {
      const page = "<!doctype html><title>Video</title>";
      return new Response(page, { headers: { "content-type": "text/html" } });
    }
    if (new URL(request.url).pathname === "/again") {
      return new Response(await peer?.answer(await request.text()));
    }
    const answered = await factory.answer("pc_1", await request.text());
    const { sdp } = answered;
    peer = answered.peer;
    transport = webrtcTransport(peer, videoIn ? { videoIn } : {});
    return new Response(sdp);
  });
  const network = await badNetwork(7);
  const browser = await launchChromium(melodyWav(3));
  const { page } = await browser.open(`http://127.0.0.1:${server.addr.port}/`);
  await page.exposeFunction("connectRelay", network.connect);
  await page.evaluate(SCRIPT);
  const relay = loss === undefined ? undefined : network.port;
  await page.evaluate(`connect(${JSON.stringify({ codec, relay, simulcast })})`);
  network.impair({ loss: loss ?? 0, jitterMs: 0 });
  assert.ok(transport);
  const made = transport;
  return {
    transport: made,
    run: (expression) => page.evaluate(expression),
    async [Symbol.asyncDispose]() {
      made.close();
      await made.closed;
      await browser[Symbol.asyncDispose]();
      await network[Symbol.asyncDispose]();
      await server.shutdown();
    },
  };
}
