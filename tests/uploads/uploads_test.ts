import assert from "node:assert/strict";
import type { RunnerArguments } from "../../src/core/bot.ts";
import type { FileStorage } from "../../src/core/file_storage.ts";
import { createRunner, type RunnerOptions } from "../../src/runner.ts";
import { type UploadOptions, uploads } from "../../src/runtimes/uploads.ts";
import { createRoutes } from "../../src/http/hono.ts";
import { memoryPlatform } from "../../src/testing/memory_platform.ts";
import { fakePeers } from "../support/fake_peers.ts";
import { memoryStorage } from "./memory_storage.ts";

const HERE = "http://localhost:7860";
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3);

interface Given extends UploadOptions {
  readonly storage?: FileStorage;
  readonly runner?: RunnerOptions;
}

/** A runner that takes uploads, and what it was asked. */
function takingUploads({ storage = memoryStorage(), runner: more = {}, ...options }: Given = {}) {
  const calls: RunnerArguments[] = [];
  const webrtc = fakePeers();
  const runner = createRunner((args) => {
    calls.push(args);
    return new Promise<void>((resolve) => args.signal.addEventListener("abort", () => resolve()));
  }, { ...more, webrtc, use: [uploads(storage, options)] });
  const start = async (transport = "webrtc") => {
    const body = JSON.stringify({ transport });
    const response = await runner.fetch(new Request(`${HERE}/start`, { method: "POST", body }));
    return await response.json();
  };
  return { runner, calls, webrtc, start, storage };
}

function form(bytes: Uint8Array<ArrayBuffer>, name: string, field = "file"): RequestInit {
  const body = new FormData();
  body.append("comment", "a field of no interest");
  body.append(field, new File([bytes], name, { type: "text/html" }));
  return { method: "POST", body };
}

async function send(
  { runner }: Pick<ReturnType<typeof takingUploads>, "runner">,
  path: string,
  init: RequestInit = form(PNG, "cat.png"),
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const response = await runner.fetch(new Request(`${HERE}${path}`, init));
  return { status: response.status, body: await response.json() };
}

Deno.test("a session's file is saved, and answered with what send-file takes", async () => {
  const storage = memoryStorage();
  const { runner, start } = takingUploads({ storage });
  const { sessionId, fileUploadUrl } = await start();

  const { status, body } = await send({ runner }, fileUploadUrl);

  assert.equal(fileUploadUrl, `/sessions/${sessionId}/files`);
  assert.equal(status, 200);
  const [[url, saved] = assert.fail("nothing was saved")] = storage.files;
  assert.deepEqual(body, { name: "cat.png", source: { type: "url", url }, format: "image/png" });
  assert.deepEqual(saved, { name: "cat.png", type: "image/png", sessionId, bytes: PNG });
  await runner.close();
  assert.equal(storage.files.size, 0);
});

Deno.test("a bot reads the file by its URL, and at the session's end it is gone", async () => {
  const storage = memoryStorage();
  const platform = memoryPlatform();
  const read: unknown[] = [];
  const runner = createRunner(async ({ fileStorage, sessionId }) => {
    const request = new Request(`${HERE}/sessions/${sessionId}/files`, form(PNG, "cat.png"));
    const { source: { url } } = await (await runner.fetch(request)).json();
    const file = await fileStorage?.read(url);
    read.push(file?.type, await new Response(file?.body).bytes(), storage.files.size);
  }, { use: [uploads(storage)] });

  const socket = await platform.connect(runner, `${HERE}/ws-client`);
  await socket.closed;
  await platform.settled();
  await runner.close();

  assert.deepEqual(read, ["image/png", PNG, 1]);
  assert.equal(storage.files.size, 0);
});

Deno.test("a plain WebSocket uploads to /files, whose files outlive it", async () => {
  const storage = memoryStorage();
  const { runner, start } = takingUploads({ storage });

  assert.equal((await start("websocket")).fileUploadUrl, "/files");
  assert.equal((await start("twilio")).fileUploadUrl, undefined);
  const { status } = await send({ runner }, "/files");
  await runner.close();

  assert.equal(status, 200);
  assert.equal(storage.files.size, 1);
});

Deno.test("where a start token is asked for, /files asks for it, and a session's id is enough", async () => {
  const token = "a-long-start-token";
  const { runner } = takingUploads({ runner: { startToken: token } });
  const headers = { authorization: `Bearer ${token}` };
  const start = { method: "POST", headers, body: "{}" };

  const { body: { fileUploadUrl } } = await send({ runner }, "/start", start);
  assert.equal((await send({ runner }, "/files")).status, 401);
  assert.equal((await send({ runner }, "/files", { ...form(PNG, "a.png"), headers })).status, 200);
  assert.equal((await send({ runner }, String(fileUploadUrl))).status, 200);
  await runner.close();
});

Deno.test("below the path of one of several bots the address is its own", async () => {
  const storage = memoryStorage();
  const runner = createRunner({ greeter: () => {}, sales: () => {} }, {
    webrtc: fakePeers(),
    use: [uploads(storage)],
  });
  const init = { method: "POST", body: "{}" };
  const { body } = await send({ runner }, "/sales/start", init);

  const { status } = await send({ runner }, String(body.fileUploadUrl));

  assert.match(String(body.fileUploadUrl), /^\/sales\/sessions\/.*\/files$/);
  assert.equal(status, 200);
  await runner.close();
});

Deno.test("a session that there is not takes no file", async () => {
  const { runner } = takingUploads();

  assert.equal((await send({ runner }, "/sessions/none/files")).status, 404);
  await runner.close();
});

Deno.test("a runner that takes none says how to turn it on, unless its own routes take them", async () => {
  const app = createRoutes().post("/files", (c) => c.json({ mine: true }));
  const off = createRunner(() => {}, { webrtc: fakePeers() });
  const own = createRunner(() => {}, { app });

  const start = { method: "POST", body: "{}" };
  const { body } = await send({ runner: off }, "/start", start);
  assert.equal(body.fileUploadUrl, undefined);
  for (const path of ["/files", `/sessions/${body.sessionId}/files`]) {
    const refused = await send({ runner: off }, path);
    assert.equal(refused.status, 503);
    assert.match(String(refused.body.detail), /--uploads-folder/);
  }
  assert.deepEqual((await send({ runner: own }, "/files")).body, { mine: true });
  await Promise.all([off.close(), own.close()]);
});

for (
  const [what, init] of Object.entries({
    "no form": { method: "POST", body: "hello" },
    "a form without a file": form(PNG, "a.png", "picture"),
    "a form that is cut": {
      method: "POST",
      headers: { "content-type": "multipart/form-data; boundary=x" },
      body: '--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nabc',
    },
    "a name that cannot be read": {
      method: "POST",
      headers: { "content-type": "multipart/form-data; boundary=x" },
      body:
        `--x\r\ncontent-disposition: form-data; name="file"; filename*=UTF-8''%\r\n\r\na\r\n--x--`,
    },
  })
) {
  Deno.test(`${what} is a 400, and leaves nothing`, async () => {
    const storage = memoryStorage();
    const { runner } = takingUploads({ storage });

    assert.equal((await send({ runner }, "/files", init)).status, 400);
    assert.equal(storage.files.size, 0);
    await runner.close();
  });
}

Deno.test("a file of just the largest size is taken, and one byte more is a 413", async () => {
  const storage = memoryStorage();
  const { runner } = takingUploads({ storage, maxBytes: 1000 });

  assert.equal((await send({ runner }, "/files", form(new Uint8Array(1000), "a"))).status, 200);
  const { status, body } = await send({ runner }, "/files", form(new Uint8Array(1001), "b"));

  assert.equal(status, 413);
  assert.match(String(body.detail), /1000 bytes/);
  assert.equal(storage.files.size, 1);
  await runner.close();
});

Deno.test("a session has a quota of files and of bytes, and what failed is not counted", async () => {
  const storage = memoryStorage();
  const quota = { maxBytes: 80, maxFilesOfSession: 3, maxBytesOfSession: 100 };
  const taking = takingUploads({ storage, ...quota });
  const { fileUploadUrl: path } = await taking.start();
  const statusOf = async (bytes: number) =>
    (await send(taking, path, form(new Uint8Array(bytes), "a"))).status;

  assert.equal(await statusOf(90), 413); // larger than any
  assert.equal(await statusOf(60), 200);
  assert.equal(await statusOf(41), 413); // more than is left
  assert.equal(await statusOf(40), 200);
  assert.equal(await statusOf(1), 413);
  assert.equal(await statusOf(0), 200);
  assert.equal(await statusOf(0), 413);
  const { fileUploadUrl: other } = await taking.start();
  assert.equal((await send(taking, other)).status, 200);
  await taking.runner.close();
});

Deno.test("a storage that fails is a 500, and the client is not told why", async () => {
  const storage = {
    ...memoryStorage(),
    save: () => Promise.reject(new Error("bucket secret-name is full")),
  };
  const { runner } = takingUploads({ storage });

  const { status, body } = await send({ runner }, "/files", form(new Uint8Array(1 << 20), "a"));

  assert.equal(status, 500);
  assert.doesNotMatch(JSON.stringify(body), /secret-name/);
  await runner.close();
});

for (
  const [given, shown] of [
    ["../../etc/passwd", "passwd"],
    ["C:\\Users\\anna\\cat.png", "cat.png"],
    ["a\u0000b\nc.png", "abc.png"],
    ["a\u009b31mb.png", "a31mb.png"],
    ["日本語.png", "日本語.png"],
    ["x".repeat(300), "x".repeat(255)],
    ["", ""],
  ] as const
) {
  Deno.test(`a file called ${JSON.stringify(given).slice(0, 30)} is shown as what it is`, async () => {
    const { runner } = takingUploads();
    const body = new TextEncoder().encode(
      `--x\r\ncontent-disposition: form-data; name="file"; ` +
        `filename*=UTF-8''${encodeURIComponent(given)}\r\n\r\nhello\r\n--x--\r\n`,
    );
    const headers = { "content-type": "multipart/form-data; boundary=x" };

    const answer = await send({ runner }, "/files", { method: "POST", headers, body });

    assert.equal(answer.status, 200);
    assert.equal(answer.body.name, shown);
    assert.equal(answer.body.format, "text/plain");
    await runner.close();
  });
}

Deno.test("files that are more than a session may have are refused, one after the other, and keep no place", async () => {
  const { runner, start } = takingUploads({ maxBytesOfSession: 100_000 });
  const { fileUploadUrl } = await start();
  const large = () => {
    const { body } = form(new Uint8Array(300_000), "large.bin");
    return { method: "POST", body: body as FormData };
  };

  for (let i = 0; i < 20; i++) {
    const { status, body } = await send({ runner }, fileUploadUrl, large());
    assert.deepEqual([status, body.code], [413, "too_many_files"]);
  }
  const { status } = await send({ runner }, fileUploadUrl);

  assert.equal(status, 200);
  await runner.close();
});
