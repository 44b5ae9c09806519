/**
 * Pictures among the sound that a bot writes.
 */
import assert from "node:assert/strict";
import { loadOpus } from "../../src/audio/opus.ts";
import type { AudioFrame, Frame } from "../../src/core/frame.ts";
import { createAudioOut } from "../../src/ways/webrtc/audio_out.ts";
import { opusCodec } from "../../src/ways/webrtc/codec.ts";
import { createOutgoing } from "../../src/ways/webrtc/outgoing.ts";

const codec = opusCodec(await loadOpus());
const sound = (ms: number): AudioFrame => ({
  type: "audio",
  samples: new Int16Array(24 * ms),
  sampleRate: 24_000,
  channels: 1,
});
const picture = (bytes: number): Frame => ({
  type: "image",
  data: new Uint8Array(bytes),
  format: "image/webp",
  width: 1,
  height: 1,
});

/** A call whose time the test lets pass; pictures are known by their sizes. */
function outgoing() {
  const shown: number[] = [];
  let now = 5000;
  const out = createAudioOut(() => ({ codec, stereo: false }), () => {});
  const { writable, playback } = createOutgoing(out, {
    ownVideo: (frame) => frame,
    onVideo: ({ data }) => shown.push(data.length),
    onMessage() {},
    onInterrupt() {},
    onClose() {},
  });
  const beat = (count: number) => {
    for (let i = 0; i < count; i++) out.tick(1, now += 20);
  };
  return { shown, out, writer: writable.getWriter(), playback, beat };
}

Deno.test("a picture is shown when the sound before it is sent, wherever a packet ends", async () => {
  const { shown, out, writer, beat } = outgoing();

  await writer.write(picture(1));
  assert.deepEqual(shown, [1], "there is no sound to wait for");
  for (const frame of [sound(50), picture(2), sound(90), picture(3)]) await writer.write(frame);
  beat(2);
  assert.deepEqual(shown, [1]);
  beat(1);
  assert.deepEqual(shown, [1, 2]);
  beat(4);

  assert.deepEqual(shown, [1, 2, 3]);
  out.close();
});

Deno.test("pictures that wait are dropped with the sound that is interrupted", async () => {
  const { shown, out, writer, playback, beat } = outgoing();
  for (const frame of [sound(100), picture(2)]) await writer.write(frame);

  playback.interrupt();
  await writer.write(picture(3));
  beat(10);

  assert.deepEqual(shown, [3]);
  out.close();
});

Deno.test("what waits of pictures is bounded: more are shown at once", async () => {
  const { shown, out, writer } = outgoing();
  await writer.write(sound(100));

  for (let i = 0; i < 9; i++) await writer.write(picture(1 << 20));

  assert.equal(shown.length, 1);
  out.close();
});
