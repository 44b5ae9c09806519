import assert from "node:assert/strict";
import fc from "fast-check";
import { RunnerError } from "../../src/core/error.ts";
import { type FormFile, readFormFile } from "../../src/features/uploads/form.ts";

type Chunk = Uint8Array<ArrayBuffer>;

function request(chunks: Iterable<Chunk>, boundary = "x"): Request {
  const headers = { "content-type": `multipart/form-data; boundary=${boundary}` };
  const init = { method: "POST", headers, body: ReadableStream.from(chunks), duplex: "half" };
  return new Request("http://localhost/files", init);
}

function framed(bytes: Chunk, boundary = "x"): Chunk {
  const text = (part: string) => new TextEncoder().encode(part);
  const head =
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n` +
    "Content-Type: application/octet-stream\r\n\r\n";
  return new Uint8Array([...text(head), ...bytes, ...text(`\r\n--${boundary}--\r\n`)]);
}

const whole = ({ body }: FormFile) => new Response(body).bytes();

Deno.test("whatever a file holds and however it is cut, it comes out as it went in", async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }),
    fc.string({ unit: fc.constantFrom("\r", "\n", "-", "x", "--x", "\r\n--x") })
      .filter((text) => !`\r\n${text}`.includes("\r\n--x")) // the boundary is in no file
      .map((text) => new TextEncoder().encode(text)),
  ).map((some) => new Uint8Array(some));
  await fc.assert(
    fc.asyncProperty(bytes, fc.integer({ min: 1, max: 60 }), async (sent, size) => {
      const all = framed(sent);
      const chunks = Array.from(
        { length: Math.ceil(all.length / size) },
        (_, at) => all.slice(at * size, (at + 1) * size),
      );
      const got = await readFormFile(request(chunks), { maxBytes: 1e6 }, whole);
      assert.deepEqual(got, sent);
    }),
    { numRuns: 3000 },
  );
});

for (
  const type of [
    `multipart/form-data; boundary=${"x".repeat(71)}`,
    `multipart/form-data; boundary=${"x".repeat(252)}`,
    "multipart/form-data; boundary=",
    "multipart/form-data",
    "multipart/mixed; boundary=x",
    "",
  ]
) {
  Deno.test(`a body of ${type.slice(0, 40) || "no type"} is no form`, async () => {
    const headers = { "content-type": type };
    const init = { method: "POST", headers, body: new Uint8Array(10_000) };

    const reading = readFormFile(new Request("http://localhost/", init), { maxBytes: 1e5 }, whole);

    await assert.rejects(reading, { code: "bad_form" });
  });
}

Deno.test("whatever comes in place of a form, it is refused with a code", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.string(), async (bytes, boundary) => {
      const headers = new Headers();
      try {
        headers.set("content-type", `multipart/form-data; boundary=${boundary}`);
      } catch {
        return; // no header can be that
      }
      const init = { method: "POST", headers, body: new Uint8Array(bytes) };
      const reading = readFormFile(
        new Request("http://localhost/files", init),
        { maxBytes: 100 },
        whole,
      );
      await assert.rejects(reading, { name: "RunnerError" });
    }),
    { numRuns: 500 },
  );
});

Deno.test("a client is held up while the file is not taken", async () => {
  let sent = 0;
  const chunk = new Uint8Array(64 << 10);
  function* chunks(): Generator<Chunk> {
    const all = framed(new Uint8Array(0));
    const end = all.length - "\r\n--x--\r\n".length;
    yield all.slice(0, end);
    for (; sent < 100; sent++) yield chunk;
    yield all.slice(end);
  }
  const { promise: mayGoOn, resolve: goOn } = Promise.withResolvers<void>();
  const reading = readFormFile(
    request(chunks()),
    { maxBytes: 100 * chunk.length },
    async (file) => {
      const reader = file.body.getReader();
      await reader.read();
      await mayGoOn;
      let size = chunk.length;
      for (;;) {
        const { value } = await reader.read();
        if (!value) return size;
        size += value.length;
      }
    },
  );
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  const early = sent;
  goOn();

  assert.ok(early < 8, `${early} pieces were read of a file that nobody takes`);
  assert.equal(await reading, 100 * chunk.length);
});

Deno.test("a client that is gone fails what takes its file", async () => {
  function* chunks(): Generator<Chunk> {
    yield framed(new Uint8Array(100)).slice(0, 150);
    throw new Error("the connection is gone");
  }
  const taken = Promise.withResolvers<unknown>();
  const reading = readFormFile(request(chunks()), { maxBytes: 1000 }, async (file) => {
    await whole(file).catch((error) => {
      taken.resolve(error);
      throw error;
    });
  });

  await assert.rejects(reading, { code: "body_cut" });
  assert.equal((await taken.promise as { code: string }).code, "body_cut");
});

Deno.test("a file that comes byte by byte is waited for as long as a slow network takes, and no longer", async () => {
  const { now } = performance;
  let passed = 0;
  performance.now = () => now.call(performance) + passed;
  async function* slowly(ms: number) {
    for (const byte of framed(new Uint8Array(40))) {
      passed += ms;
      yield Uint8Array.of(byte);
      await Promise.resolve();
    }
  }
  try {
    const read = (ms: number) => {
      const headers = { "content-type": "multipart/form-data; boundary=x" };
      const body = ReadableStream.from(slowly(ms));
      const init = { method: "POST", headers, body, duplex: "half" };
      return readFormFile(new Request("http://localhost/files", init), { maxBytes: 1e6 }, whole);
    };

    assert.equal((await read(100)).length, 40);
    await assert.rejects(read(1000), { code: "body_late" });
  } finally {
    performance.now = now;
  }
});

Deno.test("a file that has to make room is refused with the reason, and so is whoever takes it", async () => {
  const controller = new AbortController();
  const error = new RunnerError("full", "Try again.");
  let taken: unknown;
  async function* endless() {
    yield framed(new Uint8Array(10)).slice(0, -10);
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      yield new Uint8Array(1);
    }
  }
  const headers = { "content-type": "multipart/form-data; boundary=x" };
  const init = { method: "POST", headers, body: ReadableStream.from(endless()), duplex: "half" };
  const reading = readFormFile(
    new Request("http://localhost/files", init),
    { maxBytes: 1e6, signal: controller.signal },
    (file) => {
      controller.abort(error);
      return whole(file).catch((reason) => {
        taken = reason;
        throw reason;
      });
    },
  );

  await assert.rejects(reading, error);
  assert.equal(taken, error);
});

Deno.test("whoever takes a file may fail or finish in the middle of it, and nobody waits for more", async () => {
  const pieces = Array.from({ length: 50 }, () => new Uint8Array(1000));
  const chunks = [framed(new Uint8Array()).slice(0, -9), ...pieces];
  const full = new Error("The disk is full");
  const takes: ((file: FormFile) => Promise<string>)[] = [
    async ({ body }) => {
      for await (const _ of body) throw full;
      return "";
    },
    async ({ body }) => {
      await body.getReader().read();
      throw full;
    },
    () => Promise.reject(full),
  ];

  for (const take of takes) {
    await assert.rejects(readFormFile(request(chunks), { maxBytes: 1e6 }, take), full);
  }
  const first = await readFormFile(request(chunks), { maxBytes: 1e6 }, async ({ body }) => {
    const { value } = await body.getReader().read();
    return value?.length;
  });
  assert.ok(first);
});
