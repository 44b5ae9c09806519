import assert from "node:assert/strict";
import fc from "fast-check";
import { concat } from "../../src/core/bytes.ts";
import {
  PICTURE_IDS,
  readKeyFrame,
  readVp8Payload,
  writeVp8Payloads,
} from "../../src/video/vp8.ts";
import { readWebp } from "../../src/video/webp.ts";
import { STRIPES } from "./pictures.ts";

const { frame } = readWebp(STRIPES);
const pictureId = fc.nat(PICTURE_IDS - 1);

Deno.test("a frame is the same behind the payloads that carry it", () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 5000 });
  fc.assert(fc.property(bytes, pictureId, (frame, id) => {
    const payloads = writeVp8Payloads(frame, id);
    const read = payloads.map(readVp8Payload);

    assert.deepEqual(concat(...read.map((each) => each!.piece)), new Uint8Array(frame));
    assert.deepEqual(read.map((each) => each!.starts), payloads.map((_, index) => index === 0));
    assert.ok(payloads.every(({ length }) => length <= 1104));
  }));
});

Deno.test("every payload of a frame says its picture id in 15 bits (RFC 7741)", () => {
  const [payload] = writeVp8Payloads(frame, 0x1234);

  assert.deepEqual([...payload!.subarray(0, 4)], [0x90, 0x80, 0x92, 0x34]);
});

for (
  const [name, bytes, length] of [
    ["no extension", [0x10], 1],
    ["a short picture id", [0x90, 0x80, 0x12], 3],
    ["a long picture id", [0x90, 0x80, 0x92, 0x34], 4],
    ["a layer's index", [0x90, 0xe0, 0x92, 0x34, 1, 0x20], 6],
    ["a key index alone", [0x90, 0x10, 0x05], 3],
    ["an extension that says nothing", [0x90, 0x00], 2],
  ] as const
) {
  Deno.test(`a descriptor with ${name} is taken off`, () => {
    assert.deepEqual(readVp8Payload(Uint8Array.from([...bytes, 7, 8])), {
      starts: true,
      piece: Uint8Array.of(7, 8),
    });
    for (let cut = 0; cut <= length; cut++) {
      assert.equal(readVp8Payload(Uint8Array.from(bytes.slice(0, cut))), undefined);
    }
  });
}

Deno.test("another partition of a frame does not begin one", () => {
  assert.equal(readVp8Payload(Uint8Array.of(0x11, 1))?.starts, false);
  assert.equal(readVp8Payload(Uint8Array.of(0x00, 1))?.starts, false);
});

for (
  const [name, change] of [
    ["is no key frame", (bytes: Uint8Array) => bytes[0]! |= 1],
    ["is not shown", (bytes: Uint8Array) => bytes[0]! &= ~0x10],
    ["has a version that nobody knows", (bytes: Uint8Array) => bytes[0]! |= 0x0e],
    ["has no start code", (bytes: Uint8Array) => bytes[4] = 0],
    ["has no width", (bytes: Uint8Array) => bytes.fill(0, 6, 8)],
    ["is shorter than its first partition", (bytes: Uint8Array) => bytes[2] = 0xff],
  ] as const
) {
  Deno.test(`a frame that ${name} is no picture`, () => {
    const bytes = frame.slice();
    change(bytes);
    assert.equal(readKeyFrame(bytes), undefined);
  });
}

Deno.test("no bytes are a fault, and no piece is longer than they are", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      readKeyFrame(bytes);
      const read = readVp8Payload(bytes);
      assert.ok(!read || read.piece.length > 0 && read.piece.length < bytes.length);
    }),
    { numRuns: 3000 },
  );
});
