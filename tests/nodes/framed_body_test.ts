import assert from "node:assert/strict";
import fc from "fast-check";
import { concat } from "../../src/core/bytes.ts";
import { keyedHash } from "../../src/core/hash.ts";
import { framedBody, unframedBody } from "../../src/nodes/framed_body.ts";

const hash = keyedHash("a secret that two runners share");
const framing = { hash, header: "time=1&signature=2" };

const bytesOf = (body: ReadableStream<Uint8Array<ArrayBuffer>>) => new Response(body).bytes();
const streamOf = (pieces: readonly Uint8Array<ArrayBuffer>[]) => ReadableStream.from(pieces);
/** Pieces of a text of bytes, however the network cuts it. */
const cut = (bytes: Uint8Array<ArrayBuffer>, size: number) =>
  Array.from(
    { length: Math.ceil(bytes.length / size) },
    (_, i) => bytes.subarray(i * size, (i + 1) * size),
  );
const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 })
  .map((list) => list.map((piece) => new Uint8Array(piece)));

Deno.test("a body comes out of its frames as it went in, however either was cut", async () => {
  await fc.assert(
    fc.asyncProperty(pieces, fc.integer({ min: 1, max: 500 }), async (given, size) => {
      let moved = 0;

      const sent = await bytesOf(framedBody(framing, streamOf(given), () => moved++));
      const back = await bytesOf(unframedBody(framing, streamOf(cut(sent, size))));

      assert.deepEqual(back, concat(...given));
      assert.equal(moved, given.filter(({ length }) => length > 0).length + 1);
    }),
  );
  const large = crypto.getRandomValues(new Uint8Array(65_536));
  const twice = concat(large, large, large.subarray(1));
  const sent = framedBody(framing, streamOf([twice]), () => {});
  assert.deepEqual(await bytesOf(unframedBody(framing, sent)), twice);
});

Deno.test("a body that was changed, cut, or signed for another request is refused", async () => {
  const body = [new Uint8Array(100).fill(7), new Uint8Array(200).fill(8)];
  const sent = await bytesOf(framedBody(framing, streamOf(body), () => {}));
  const frame = 4 + 64 + 100;
  const read = (bytes: Uint8Array<ArrayBuffer>, by = framing) =>
    bytesOf(unframedBody(by, streamOf([bytes])));

  await fc.assert(fc.asyncProperty(
    fc.nat(sent.length - 1),
    fc.integer({ min: 1, max: 255 }),
    async (at, change) => {
      const changed = sent.slice();
      changed[at]! ^= change;
      await assert.rejects(read(changed), ({ code }) => /not_forwarded|body_cut/.test(code));
    },
  ));
  for (const end of [0, 3, frame, sent.length - 68, sent.length - 1]) {
    await assert.rejects(read(sent.slice(0, end)), { code: "body_cut" });
  }
  const swapped = concat(sent.subarray(frame), sent.subarray(0, frame));
  await assert.rejects(read(swapped), { code: "not_forwarded" });
  await assert.rejects(read(sent, { hash, header: "another" }), { code: "not_forwarded" });
  const other = keyedHash("a secret that others share");
  await assert.rejects(read(sent, { ...framing, hash: other }), { code: "not_forwarded" });
});

Deno.test("whoever reads a frame has it before the rest of the body is there", async () => {
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>>();
  const writer = writable.getWriter();
  const reader = unframedBody(framing, framedBody(framing, readable, () => {})).getReader();

  void writer.write(new Uint8Array([1, 2, 3]));
  const first = await reader.read();
  const failing = writer.abort(new Error("the client has left"));

  assert.deepEqual(first.value, new Uint8Array([1, 2, 3]));
  await assert.rejects(reader.read(), /the client has left/);
  await failing;
});
