import assert from "node:assert/strict";
import fc from "fast-check";
import { createAccessUnits, type VideoPacket } from "../../src/video/access_units.ts";
import { VIDEO_CODECS } from "../../src/core/video.ts";
import { writeVp8Payloads } from "../../src/video/vp8.ts";

/** The packets of frames of VP8: the first byte says whether one is a key frame. */
function packetsOf(frames: readonly Uint8Array[], sequence = 65_530): VideoPacket[] {
  let next = sequence;
  return frames.flatMap((frame, index) => {
    const payloads = writeVp8Payloads(frame, index);
    return payloads.map((payload, place) => ({
      sequence: next++ & 0xffff,
      timestamp: (4_294_967_000 + index * 3000) >>> 0,
      marker: place === payloads.length - 1,
      payload,
    }));
  });
}

const frameOf = (bytes: number, key = true) => new Uint8Array(bytes).fill(key ? 0x10 : 0x11);
const frames = fc.array(
  fc.tuple(fc.integer({ min: 1, max: 6000 }), fc.boolean()).map(([bytes, key]) =>
    frameOf(bytes, key)
  ),
  { minLength: 1, maxLength: 8 },
);
const collect = (packets: readonly VideoPacket[], units = createAccessUnits("vp8")) =>
  packets.map((packet) => units.push(packet, 0)).filter((unit) => unit !== undefined);

Deno.test("frames are the same, in any order of their packets, over the turn of all numbers", () => {
  const shuffled = frames.chain((frames) =>
    fc.tuple(
      fc.constant(frames),
      fc.shuffledSubarray(packetsOf(frames), {
        minLength: packetsOf(frames).length,
      }),
    )
  );
  fc.assert(fc.property(shuffled, ([frames, packets]) => {
    const units = collect([...packets, ...packets]);

    // What is sent twice is seen twice only once the first was forgotten.
    const inOrder = units.slice(0, frames.length).sort((a, b) => (a.first - b.first) << 16);
    assert.deepEqual(inOrder.map(({ data }) => data), frames.map((frame) => new Uint8Array(frame)));
    assert.deepEqual(inOrder.map(({ key }) => key), frames.map((frame) => frame[0] === 0x10));
  }));
});

Deno.test("a frame that misses a packet is held back until it comes", () => {
  const packets = packetsOf([frameOf(5000)]);
  const units = createAccessUnits("vp8");

  assert.deepEqual(collect(packets.toSpliced(2, 1), units), []);
  assert.equal(units.push(packets[2]!, 0)?.data.length, 5000);
});

Deno.test("padding between two frames is passed by", () => {
  const units = createAccessUnits("h264");
  const unit = (sequence: number, timestamp: number, first: number): VideoPacket => ({
    sequence,
    timestamp,
    marker: true,
    payload: Uint8Array.of(first, 1, 2),
  });
  const padding = { sequence: 2, timestamp: 10, marker: false, payload: new Uint8Array() };

  assert.equal(units.push(unit(1, 10, 0x67), 0)?.key, false);
  assert.equal(units.push(padding, 0), undefined);
  assert.equal(units.push(unit(3, 20, 0x65), 0)?.key, true);
});

Deno.test("what is held is bounded, however many packets a stranger sends without an end", () => {
  const units = createAccessUnits("vp8");
  const packet = (sequence: number, timestamp: number): VideoPacket => ({
    sequence: sequence & 0xffff,
    timestamp,
    marker: false,
    payload: new Uint8Array(1200).fill(0x10),
  });
  // One picture without an end, then many: each is given up.
  for (let i = 0; i < 5000; i++) units.push(packet(i, 1), 0);
  for (let i = 0; i < 5000; i++) units.push(packet(i * 3, i), 0);

  const [unit] = collect(packetsOf([frameOf(3000)], 20_000), units);

  assert.equal(unit?.data.length, 3000);
});

Deno.test("no packets are a fault in any codec, and no unit is longer than they are", () => {
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.tuple(
      fc.constantFrom(0x67, 0x78, 0x7c, 0x65, 0x90, 0x10, 0x18, 0x30, 0xd0),
      fc.uint8Array({ maxLength: 12 }),
    )
      .map(([first, rest]) => Uint8Array.of(first, ...rest)),
  );
  const packet = fc.record({
    sequence: fc.integer({ min: 65_530, max: 65_550 }).map((sequence) => sequence & 0xffff),
    timestamp: fc.integer({ min: 1, max: 4 }),
    marker: fc.boolean(),
    payload,
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...VIDEO_CODECS),
      fc.array(packet, { maxLength: 40 }),
      (codec, packets) => {
        const all = packets.reduce((sum, { payload }) => sum + 8 + 4 * payload.length, 0);
        const units = createAccessUnits(codec);
        for (const each of packets) assert.ok((units.push(each, 0)?.data.length ?? 0) <= all);
      },
    ),
    { numRuns: 3000 },
  );
});
