import assert from "node:assert/strict";
import fc from "fast-check";
import { readRedundant, writeRedundant } from "../../src/audio/redundancy.ts";

const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
const payload = fc.uint8Array({ minLength: 1, maxLength: 1023 });

Deno.test("what is written is read, over the turn of the timestamp", () => {
  const copies = fc.array(fc.record({ payloadType: uint(7), payload }), { maxLength: 9 });
  fc.assert(
    fc.property(uint(7), uint(32), payload, copies, (payloadType, timestamp, primary, copies) => {
      const blocks = copies.map((copy, i) => {
        const back = (copies.length - i) * 960;
        return { ...copy, timestamp: (timestamp - back) >>> 0 };
      });
      const block = { payloadType, timestamp, payload: primary };

      const packet = writeRedundant(block, blocks);

      assert.deepEqual(readRedundant(packet, timestamp), [...blocks, block]);
    }),
  );
});

Deno.test("a copy that is too old or too long is left out, with those before it", () => {
  const at = (timestamp: number, bytes = 3) => ({
    payloadType: 111,
    timestamp,
    payload: new Uint8Array(bytes).fill(7),
  });
  const read = (...copies: ReturnType<typeof at>[]) =>
    readRedundant(writeRedundant(at(20_000), copies), 20_000)?.map(({ timestamp }) => timestamp);

  assert.deepEqual(read(at(3616), at(19_040)), [19_040, 20_000]);
  assert.deepEqual(read(at(3617), at(19_040)), [3617, 19_040, 20_000]);
  assert.deepEqual(read(at(18_080), at(19_040, 1024)), [20_000]);
  assert.deepEqual(read(at(18_080), at(19_040, 1023)), [18_080, 19_040, 20_000]);
});

Deno.test("no bytes are a fault, and no block is longer than they are", () => {
  const headers = fc.array(fc.tuple(uint(7), uint(14), uint(10)), { maxLength: 12 });
  const nearly = fc.tuple(headers, fc.uint8Array({ maxLength: 200 })).map(([headers, rest]) =>
    Uint8Array.from([
      ...headers.flatMap(([type, offset, length]) => [
        0x80 | type,
        offset >> 6,
        (offset & 0x3f) << 2 | length >> 8,
        length & 0xff,
      ]),
      ...rest,
    ])
  );
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), nearly), (bytes) => {
      const blocks = readRedundant(bytes, 5) ?? [];
      const all = blocks.reduce((sum, { payload }) => sum + payload.length, 0);
      assert.ok(all <= bytes.length && blocks.length <= 10);
      assert.notEqual(blocks.at(-1)?.payload.length, 0);
    }),
    { numRuns: 3000 },
  );
});

for (
  const [name, bytes] of [
    ["empty", []],
    ["without a primary block", [0x80 | 111, 0, 4, 1, 111, 9]],
    ["cut short in a header", [0x80 | 111, 0, 4]],
    ["without an end of its headers", [0x80 | 111, 0, 4, 0]],
    ["that says its copy is longer than it is", [0x80 | 111, 15, 0, 200, 111, 1, 2]],
  ] as const
) {
  Deno.test(`a packet ${name} is refused`, () => {
    assert.equal(readRedundant(Uint8Array.from(bytes), 0), undefined);
  });
}
