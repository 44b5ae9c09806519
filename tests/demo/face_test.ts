import assert from "node:assert/strict";
import { manualClock } from "../../src/testing/clock.ts";
import type { Utterance, UtteranceEnd } from "../../src/transports/utterance.ts";
import { createFace, mouthsOf } from "../../src/demo/face.ts";
import { loadFaces } from "../../src/demo/faces.ts";
import { readWebp } from "../../src/video/webp.ts";

const faces = loadFaces();

/** 80 ms each of silence, a murmur, speech and a shout. */
const CLIP = {
  samples: Int16Array.from(
    { length: 4 * 640 },
    (_, i) => [0, 500, 2000, 9000][Math.floor(i / 640)]!,
  ),
  sampleRate: 8000,
};

Deno.test("its faces are lossy WebPs of one size, and a few KB in all", () => {
  const sizes = faces.map((face) => readWebp(face)).map(({ width, height }) => [width, height]);

  assert.deepEqual(sizes, Array(4).fill([192, 192]));
  assert.ok(faces.reduce((sum, { length }) => sum + length, 0) < 8000);
});

Deno.test("the mouth opens with the loudness", () => {
  assert.deepEqual(mouthsOf(CLIP), [0, 1, 2, 3]);
  assert.deepEqual(mouthsOf({ samples: new Int16Array(0), sampleRate: 8000 }), []);
});

Deno.test("the mouth moves with what is heard, and is shut afterwards", async () => {
  const shown: number[] = [];
  const transport = {
    show: (face: Uint8Array | false) =>
      void shown.push(faces.findIndex((one) => one.every((byte, i) => face && face[i] === byte))),
  };
  const clock = manualClock();
  const over = new AbortController();
  const { promise: done, resolve } = Promise.withResolvers<UtteranceEnd>();
  const utterance: Utterance = {
    get heardMs() {
      return clock.now() - 100;
    },
    heardText: "",
    done,
  };

  createFace({ transport, signal: over.signal, clock }).speak(utterance, CLIP);
  for (let step = 0; step < 6; step++) await clock.advance(80);
  resolve({ heardMs: 320, interrupted: false });
  await clock.advance(80);

  assert.deepEqual(shown, [0, 1, 2, 3, 0]);
  over.abort();
});
