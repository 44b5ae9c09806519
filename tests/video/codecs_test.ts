/**
 * H.264 and AV1 as RTP carries them.
 */
import assert from "node:assert/strict";
import { concat } from "../../src/core/bytes.ts";
import { joinAv1 } from "../../src/video/av1.ts";
import { joinH264 } from "../../src/video/h264.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);
const h264 = (...payloads: Uint8Array[]) => {
  const joined = joinH264(payloads);
  return joined && { data: [...concat(...joined.parts)], key: joined.key };
};
const av1 = (...payloads: Uint8Array[]) => {
  const joined = joinAv1(payloads);
  return joined && { data: [...concat(...joined.parts)], key: joined.key };
};
const START = [0, 0, 0, 1];

Deno.test("H.264 in single units, aggregates and fragments becomes Annex B", () => {
  const aggregate = bytes(0x78, 0, 2, 0x67, 1, 0, 2, 0x68, 2);
  const fragments = [bytes(0x7c, 0x85, 3, 4), bytes(0x7c, 0x05, 5), bytes(0x7c, 0x45, 6)];

  assert.deepEqual(h264(aggregate, ...fragments), {
    data: [...START, 0x67, 1, ...START, 0x68, 2, ...START, 0x65, 3, 4, 5, 6],
    key: true,
  });
  assert.deepEqual(h264(bytes(0x41, 9)), { data: [...START, 0x41, 9], key: false });
});

for (
  const [name, payload] of [
    ["an aggregate that is cut", bytes(0x78, 0, 9, 0x67)],
    ["an aggregate of nothing", bytes(0x78, 0, 0)],
    ["a fragment that goes on before it began", bytes(0x7c, 0x05, 1)],
    ["a fragment without content", bytes(0x7c, 0x85)],
    ["a mode that was not agreed", bytes(0x7d, 0, 1)],
    ["nothing", bytes()],
  ] as const
) {
  Deno.test(`H.264 with ${name} is left out`, () => {
    assert.equal(h264(payload), undefined);
  });
}

Deno.test("AV1 becomes a temporal unit whose OBUs say their sizes", () => {
  // A sequence header with a length, and the beginning of a frame; then its end.
  const first = bytes(0x68, 2, 0x08, 7, 0x30, 1, 2);
  const second = bytes(0x90, 3, 4);

  assert.deepEqual(av1(first, second), {
    data: [0x12, 0, 0x0a, 1, 7, 0x32, 4, 1, 2, 3, 4],
    key: true,
  });
});

Deno.test("AV1 in one OBU without a count, with its own size and a delimiter is the same", () => {
  const payload = bytes(0x00, 2, 0x12, 0, 4, 0x32, 2, 5, 6);

  assert.deepEqual(av1(payload), { data: [0x12, 0, 0x32, 2, 5, 6], key: false });
});

for (
  const [name, payload] of [
    ["an OBU that is cut", bytes(0x00, 5, 0x30)],
    ["a piece that goes on before it began", bytes(0x90, 1)],
    ["a piece that never ends", bytes(0x50, 0x30, 1)],
    ["fewer OBUs than it says", bytes(0x20, 1, 0x30)],
    ["an OBU that is longer inside than outside", bytes(0x10, 0x32, 9, 1)],
    ["nothing", bytes(0x10)],
  ] as const
) {
  Deno.test(`AV1 with ${name} is left out`, () => {
    assert.equal(av1(payload), undefined);
  });
}
