/**
 * Chromium's camera and screen as a bot sees them, and the bot's picture as Chromium shows it.
 */
import assert from "node:assert/strict";
import { RunnerError } from "../../../src/core/error.ts";
import type { ImageFrame, VideoFrame, VideoIn } from "../../../src/core/video.ts";
import type { Peer } from "../../../src/core/peer.ts";
import { webrtcTransport } from "../../../src/transports/peer_transport.ts";
import type { Transport } from "../../../src/transports/transport.ts";
import { weriftPeers } from "../../../src/ways/webrtc/werift.ts";
import { badNetwork } from "../../bench/bad_network.ts";
import { launchChromium } from "../chromium.ts";
import { melodyWav } from "../known_audio.ts";

/**
 * A client in the page, with sections in the order of Pipecat's. What its camera shows is kept for a
 * second, so that a snapshot can be compared with what was there when it was taken.
 */
const SCRIPT = `
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

interface Session extends AsyncDisposable {
  readonly transport: Transport;
  run<T>(expression: string): Promise<T>;
}

interface SessionOptions {
  readonly videoIn?: VideoIn;
  readonly codec?: string;
  /** Offers the camera in two sizes. */
  readonly simulcast?: boolean;
  /** The share of packets that is lost, each way. */
  readonly loss?: number;
}

async function session(
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

/** How WebCodecs calls what Chromium sends. */
const CODEC_STRINGS = { vp8: "vp8", h264: "avc1.42e01f", av1: "av01.0.04M.08" };

const quoted = (bytes: Uint8Array) => JSON.stringify(new Uint8Array(bytes).toBase64());
const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Comparison {
  readonly size: readonly [number, number];
  readonly mean: number;
}

/** What the bot reads of a type, for a while. */
async function readFor<Type extends "image" | "video">(
  { readable }: Transport,
  type: Type,
  ms: number,
): Promise<Extract<ImageFrame | VideoFrame, { type: Type }>[]> {
  const frames: Extract<ImageFrame | VideoFrame, { type: Type }>[] = [];
  const reader = readable.getReader();
  const timer = setTimeout(() => void reader.cancel(), ms);
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const frame = next.value;
    if (frame.type === type) frames.push(frame as typeof frames[number]); // its type says so
  }
  clearTimeout(timer);
  return frames;
}

Deno.test("a snapshot is what the camera shows now, within 300 ms", async () => {
  await using s = await session({ videoIn: { camera: "onRequest", screen: "onRequest" } });
  await delay(500);

  const took: number[] = [];
  const found: Comparison[] = [];
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    const { data, width, height, source } = await s.transport.snapshot({ source: "camera" });
    took.push(Math.round(performance.now() - start));
    found.push(await s.run<Comparison>(`compare(${quoted(data)})`));
    assert.deepEqual([source, width, height], ["camera", ...found.at(-1)!.size]);
    await delay(600); // a key frame is asked for twice a second at most
  }

  console.log("snapshots", took, found);
  assert.ok(Math.min(...took) < 300, `${took} ms`);
  assert.ok(found.every(({ mean }) => mean < 6), JSON.stringify(found));
});

Deno.test("camera and screen are told apart, and the screen can be shared later", async () => {
  await using s = await session({ videoIn: { camera: "onRequest", screen: "onRequest" } });
  await assert.rejects(s.transport.snapshot({ source: "screen", timeoutMs: 300 }), {
    code: "no_picture",
  });

  await s.run("screenSender.replaceTrack(screenTrack)");
  const screen = await s.transport.snapshot({ source: "screen" });
  const camera = await s.transport.snapshot({ source: "camera" });

  const seen = await s.run<{ size: number[]; color: number[] }>(`colorOf(${quoted(screen.data)})`);
  console.log("screen", seen, camera.width, camera.height);
  assert.deepEqual(seen.size, [1280, 720]);
  for (const [i, level] of [200, 40, 160].entries()) {
    // WebP has one color space, and a canvas is sent in another.
    assert.ok(Math.abs(seen.color[i]! - level) < 45, `${seen.color}`);
  }
  assert.ok((await s.run<Comparison>(`compare(${quoted(camera.data)})`)).mean < 6);
});

Deno.test("a client that offers simulcast, holds its camera and takes it up again is seen", async () => {
  await using s = await session({ videoIn: { camera: "onRequest" }, simulcast: true });

  const first = await s.transport.snapshot();
  await s.run(`renegotiate("recvonly")`);
  const held = s.transport.snapshot();
  await assert.rejects(held, { code: "no_picture", message: /offers none/ });
  await s.run(`renegotiate("sendrecv")`);
  const again = await s.transport.snapshot();

  for (const { data } of [first, again]) {
    assert.ok((await s.run<Comparison>(`compare(${quoted(data)})`)).mean < 8);
  }
});

Deno.test("pictures come at the pace that was asked for, and stop while the camera is off", async () => {
  await using s = await session({ videoIn: { camera: { framesPerSecond: 1 } } });
  const reading = readFor(s.transport, "image", 6500);

  await delay(2600);
  await s.run("cameraSender.replaceTrack(null)");
  await s.run(
    `channel.send(JSON.stringify({ type: "signalling", message: { type: "trackStatus", receiver_index: 1, enabled: false } }))`,
  );
  await delay(2000);
  await assert.rejects(s.transport.snapshot(), { code: "no_picture" });
  const off = await s.run<{ camera: { pli: number } }>("stats()");
  await s.run("cameraSender.replaceTrack(camera)");
  await s.run(
    `channel.send(JSON.stringify({ type: "signalling", message: { type: "trackStatus", receiver_index: 1, enabled: true } }))`,
  );
  const images = await reading;

  const times = images.map(({ timestamp = 0 }) => Math.round(timestamp));
  console.log("pictures at", times, "plis", off.camera.pli);
  assert.ok(images.length >= 4 && images.length <= 6, `${times}`);
  const pauses = times.slice(1).map((time, i) => time - times[i]!);
  assert.ok(pauses.slice(0, 2).every((ms) => ms > 700 && ms < 1400), `${pauses}`);
  assert.ok(Math.max(...pauses) > 1800, `${pauses}`);
});

Deno.test("of a bot that has not asked nothing is sent, and the client sends little", async () => {
  await using s = await session();
  await delay(3500);

  const before = await s.run<{ camera: { packets: number } }>("stats()");
  await delay(2000);
  const after = await s.run<{ camera: { pli: number; packets: number } }>("stats()");

  const perSecond = (after.camera.packets - before.camera.packets) / 2;
  console.log("unasked", after.camera, perSecond, "packets a second");
  assert.equal(after.camera.pli, 0);
  assert.ok(perSecond < 15, `${perSecond} packets a second`);
  await assert.rejects(s.transport.snapshot(), (error) => {
    assert.ok(error instanceof RunnerError && error.code === "no_picture");
    assert.match(error.message, /videoIn: \{ camera: "onRequest" \}/);
    return true;
  });
});

Deno.test("the bot's picture is on the screen as it was sent, and black when it is off", async () => {
  await using s = await session();

  const first = await s.run<string>(`draw(1)`);
  s.transport.show(Uint8Array.fromBase64(first));
  const shown = await s.run<{ mean: number; most: number; took: number }>(
    `shows(${JSON.stringify(first)})`,
  );
  const second = await s.run<string>(`draw(2, 320, 240)`);
  const writer = s.transport.writable.getWriter();
  await writer.write({
    type: "image",
    data: Uint8Array.fromBase64(second),
    format: "image/webp",
    width: 320,
    height: 240,
  });
  const other = await s.run<{ mean: number; took: number }>(`shows(${JSON.stringify(second)})`);
  s.transport.show(false);
  await s.run(
    `(async () => { while (bot.videoWidth !== 16) await new Promise((r) => setTimeout(r, 20)); })()`,
  );

  console.log("shown", shown, other);
  assert.ok(shown.mean < 2, JSON.stringify(shown));
  assert.ok(other.mean < 2, JSON.stringify(other));
});

Deno.test("at 5 % loss both ways pictures still come, and the bot's is still seen", async () => {
  await using s = await session({ videoIn: { camera: { framesPerSecond: 1 } }, loss: 0.05 });
  const reading = readFor(s.transport, "image", 5500);

  const shown: { mean: number; took: number }[] = [];
  for (let i = 0; i < 3; i++) {
    const picture = await s.run<string>(`draw(${i})`);
    s.transport.show(Uint8Array.fromBase64(picture));
    shown.push(await s.run(`shows(${JSON.stringify(picture)})`));
  }
  const snapshot = await s.transport.snapshot();
  const compared = await s.run<Comparison>(`compare(${quoted(snapshot.data)})`);
  const images = await reading;

  const stats = await s.run<{ camera: unknown; bot: { nackCount: number; pliCount: number } }>(
    "stats()",
  );
  console.log(
    "with losses",
    shown,
    images.length,
    compared,
    stats.camera,
    stats.bot.nackCount,
    stats.bot.pliCount,
  );
  assert.ok(shown.every(({ mean }) => mean < 2), JSON.stringify(shown));
  assert.ok(images.length >= 4, `${images.length} pictures`);
  assert.ok(compared.mean < 8, JSON.stringify(compared));
});

for (
  const [codec, name] of [["video/VP8", "vp8"], ["video/H264", "h264"], [
    "video/AV1",
    "av1",
  ]] as const
) {
  Deno.test(`all video in ${name} is read as it is coded, and decodes`, async () => {
    await using s = await session({ videoIn: { camera: { encoded: true } }, codec });

    const frames = await readFor(s.transport, "video", 1500);

    assert.ok(frames.length > 10, `${frames.length} frames`);
    assert.ok(frames[0]?.key && frames.every((frame) => frame.codec === name));
    if (name === "vp8") await s.transport.snapshot();
    else await assert.rejects(s.transport.snapshot(), { code: "no_picture" });
    const chunks = frames.slice(0, 30).map(({ data, key, timestamp = 0 }) => ({
      data: new Uint8Array(data).toBase64(),
      key,
      timestamp,
    }));
    const decoded = await s.run<number>(`(async () => {
      let count = 0;
      const decoder = new VideoDecoder({
        output: (frame) => { count++; frame.close(); },
        error: (error) => { throw error; },
      });
      decoder.configure({ codec: ${JSON.stringify(CODEC_STRINGS[name])} });
      for (const { data, key, timestamp } of ${JSON.stringify(chunks)}) {
        decoder.decode(new EncodedVideoChunk({
          type: key ? "key" : "delta",
          timestamp: timestamp * 1000,
          data: Uint8Array.fromBase64(data),
        }));
      }
      await decoder.flush();
      return count;
    })()`);
    assert.equal(decoded, chunks.length);
  });
}
