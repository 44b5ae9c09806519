import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { createFrameReader, frameOf } from "../../../src/ways/webrtc/shared_port/frames.ts";

const datagram = fc.uint8Array({ minLength: 1, maxLength: 2048 });

Deno.test("datagrams come out of a stream as they went in, wherever it is cut", () => {
  fc.assert(fc.property(
    fc.array(datagram, { maxLength: 12 }),
    fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 20 }),
    (datagrams, cuts) => {
      const stream = Buffer.concat(datagrams.map(frameOf));
      const came: Buffer[] = [];
      const reader = createFrameReader((each) => void came.push(each));

      for (let at = 0, i = 0; at < stream.length; i++) {
        const length = cuts[i % cuts.length]!;
        const chunk = Uint8Array.from(stream.subarray(at, at + length));
        assert.ok(reader.take(chunk));
        chunk.fill(0); // as a reader does that uses its buffer again
        at += length;
      }

      assert.deepEqual(came.map((each) => [...each]), datagrams.map((each) => [...each]));
    },
  ));
});

Deno.test("a datagram of nothing is passed by, and one that is too long ends the stream", () => {
  const came: number[] = [];
  const reader = createFrameReader((each) => void came.push(each.length));

  assert.ok(reader.take(Uint8Array.of(0, 0, 0, 1, 7)));
  assert.equal(reader.take(Uint8Array.of(8, 1)), false);

  assert.deepEqual(came, [1]);
});
