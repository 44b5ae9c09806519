/**
 * The example of an object store, on a bucket that is as strict as R2.
 */
import assert from "node:assert/strict";
import { type BucketLike, bucketStorage } from "../../examples/workers/bucket.ts";

const PART = 5 << 20;

function strictBucket() {
  const objects = new Map<string, { type: string; bytes: Uint8Array<ArrayBuffer> }>();
  let open = 0;
  const bucket: BucketLike = {
    createMultipartUpload(key, { httpMetadata: { contentType: type } }) {
      open++;
      const sent: Uint8Array<ArrayBuffer>[] = [];
      return Promise.resolve({
        async uploadPart(partNumber, part) {
          assert.equal(partNumber, sent.length + 1);
          assert.ok(sent.every(({ length }) => length === PART), "only the last part is smaller");
          sent.push(await part.bytes());
          return { partNumber, etag: String(partNumber) };
        },
        async complete(parts) {
          assert.deepEqual(parts.map(({ etag }) => Number(etag)), sent.map((_, at) => at + 1));
          assert.ok(sent.length > 0);
          objects.set(key, { type, bytes: await new Blob(sent).bytes() });
          open--;
        },
        abort: () => Promise.resolve(void open--),
      });
    },
    get(key) {
      const found = objects.get(key);
      return Promise.resolve(
        found
          ? {
            size: found.bytes.length,
            httpMetadata: { contentType: found.type },
            body: ReadableStream.from([found.bytes]),
          }
          : null,
      );
    },
    delete: (key) => Promise.resolve(void objects.delete(key)),
  };
  return { bucket, objects, open: () => open };
}

for (const size of [0, 1, PART - 1, PART, PART + 1, 2 * PART + 7]) {
  Deno.test(`a file of ${size} bytes goes into a bucket in parts, and comes out whole`, async () => {
    const { bucket, objects, open } = strictBucket();
    const storage = bucketStorage(bucket);
    const bytes = Uint8Array.from({ length: size }, (_, at) => at % 251);
    const pieces = Array.from(
      { length: Math.ceil(size / 1_000_000) },
      (_, at) => bytes.subarray(at * 1_000_000, (at + 1) * 1_000_000),
    );

    const body = ReadableStream.from(pieces);
    const url = await storage.save({
      name: "../a.pdf",
      type: "application/pdf",
      body,
      sessionId: "s1",
    });
    const file = await storage.read(url);

    assert.match(url, /^r2:s1\/[\da-f-]{36}$/);
    assert.deepEqual([file?.type, file?.size], ["application/pdf", size]);
    assert.deepEqual(await new Response(file?.body).bytes(), bytes);
    await storage.delete(url);
    assert.equal(await storage.read(url), undefined);
    assert.deepEqual([objects.size, open()], [0, 0]);
  });
}

Deno.test("a file that fails on its way leaves nothing in a bucket", async () => {
  const { bucket, objects, open } = strictBucket();
  async function* failing(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    yield new Uint8Array(PART + 1);
    await Promise.resolve();
    throw new Error("the client is gone");
  }

  const body = ReadableStream.from(failing());
  await assert.rejects(
    bucketStorage(bucket).save({ name: "a", type: "text/plain", body }),
    /client is gone/,
  );

  assert.deepEqual([objects.size, open()], [0, 0]);
});
