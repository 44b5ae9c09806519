/**
 * Files that come to a process which does not have their session: with real servers, whose bodies take
 * their time.
 */
import assert from "node:assert/strict";
import { concat, utf8 } from "../../src/core/bytes.ts";
import type { FileStorage } from "../../src/core/file_storage.ts";
import { uploads } from "../../src/runtimes/uploads.ts";
import { memoryStorage } from "../uploads/memory_storage.ts";
import { fakePeers } from "../support/fake_peers.ts";
import { servedFleet } from "../support/served_fleet.ts";

const MEGABYTE = 2 ** 20;
const HEAD = utf8(
  '--b\r\ncontent-disposition: form-data; name="file"; filename="large.bin"\r\n\r\n',
);
const TAIL = utf8("\r\n--b--\r\n");

/** Two processes: the first has a session, and the second is asked. */
async function uploading(storage: FileStorage, maxBytes?: number) {
  const options = maxBytes === undefined ? {} : { maxBytes };
  const fleet = await servedFleet(2, (number) => ({
    webrtc: fakePeers(),
    use: [uploads(number === 1 ? storage : memoryStorage(), options)],
  }));
  const [one, two] = fleet.servers;
  assert.ok(one && two);
  const started = await fetch(`${one.url}/start`, { method: "POST", body: "{}" });
  const { fileUploadUrl } = await started.json();
  const dispose = () => fleet[Symbol.asyncDispose]();
  return { url: `${two.url}${fileUploadUrl}`, [Symbol.asyncDispose]: dispose };
}

function form(body: BodyInit, signal?: AbortSignal): RequestInit {
  const headers = { "content-type": "multipart/form-data; boundary=b" };
  return { method: "POST", headers, body, ...(signal ? { signal } : {}) };
}

/** A storage that tells when a file begins to come, and what became of it. */
function watched() {
  const storage = memoryStorage();
  const begun = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<unknown>();
  return {
    ...storage,
    begun: begun.promise,
    failed: failed.promise,
    async save({ body, ...file }: Parameters<FileStorage["save"]>[0]) {
      const seen = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform(chunk, controller) {
          begun.resolve();
          controller.enqueue(chunk);
        },
      });
      try {
        return await storage.save({ ...file, body: body.pipeThrough(seen) });
      } catch (error) {
        failed.resolve(error);
        throw error;
      }
    },
  };
}

Deno.test("a file of 20 MB reaches the process of its session while it is still coming", async () => {
  const storage = watched();
  await using process = await uploading(storage);
  const large = new Uint8Array(20 * MEGABYTE);
  for (let at = 0; at < large.length; at += 65_536) {
    crypto.getRandomValues(large.subarray(at, at + 65_536));
  }
  async function* slowly() {
    yield HEAD;
    yield large.subarray(0, MEGABYTE);
    await storage.begun; // or this test hangs: nobody holds it until it is there
    for (let at = MEGABYTE; at < large.length; at += MEGABYTE) {
      yield large.subarray(at, at + MEGABYTE);
    }
    yield TAIL;
  }

  const response = await fetch(process.url, form(ReadableStream.from(slowly())));

  assert.equal(response.status, 200, await response.clone().text());
  const { source, name } = await response.json();
  assert.equal(name, "large.bin");
  const saved = storage.files.get(source.url)?.bytes;
  assert.equal(saved?.length, large.length);
  assert.ok(saved.every((byte, at) => byte === large[at]));
});

Deno.test("the limit of uploads holds for a file that comes through another process, told or not", async () => {
  const storage = memoryStorage();
  await using process = await uploading(storage, 2 * MEGABYTE);
  const upload = async (bytes: number, init: (body: Uint8Array<ArrayBuffer>) => BodyInit) => {
    const body = concat(HEAD, new Uint8Array(bytes), TAIL);
    const response = await fetch(process.url, form(init(body)));
    const { code } = await response.json();
    return [response.status, code];
  };

  assert.deepEqual(await upload(2 * MEGABYTE, (body) => body), [200, undefined]);
  assert.deepEqual(await upload(3 * MEGABYTE, (body) => body), [413, "too_large"]);
  assert.deepEqual(await upload(3 * MEGABYTE, (body) => ReadableStream.from([body])), [
    413,
    "too_large",
  ]);
  assert.equal(storage.files.size, 1);
});

Deno.test("nothing is left of a file whose client leaves another process", async () => {
  const storage = watched();
  await using process = await uploading(storage);
  const leaving = new AbortController();
  async function* half() {
    yield HEAD;
    yield new Uint8Array(2 * MEGABYTE);
    await storage.begun;
    leaving.abort();
    await new Promise(() => {});
  }

  await assert.rejects(fetch(process.url, form(ReadableStream.from(half()), leaving.signal)));

  assert.ok(await storage.failed);
  assert.equal(storage.files.size, 0);
});
