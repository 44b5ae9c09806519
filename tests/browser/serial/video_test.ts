/**
 * Chromium's camera and screen as a bot sees them, and the bot's picture as Chromium shows it.
 */
import assert from "node:assert/strict";
import { RunnerError } from "../../../src/core/error.ts";
import type { ImageFrame, VideoFrame } from "../../../src/core/video.ts";
import type { Transport } from "../../../src/transports/transport.ts";
import { session } from "../video_client.ts";

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
  await assert.rejects(held, { code: "no_picture", message: /offers no such video/ });
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
