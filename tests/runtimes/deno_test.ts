import { Hono } from "hono";
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { join } from "node:path";
import { RunnerError } from "../../src/core/error.ts";
import type { PeerFactory } from "../../src/core/peer.ts";
import type { AppEnv } from "../../src/http/env.ts";
import { fileFolder, serve } from "../../src/runtimes/deno.ts";
import { fakePeers } from "../support/fake_peers.ts";

const LOCAL = { hostname: "127.0.0.1", port: 0 };

/** A route that echoes over a WebSocket. */
function echo(): Hono<AppEnv> {
  return new Hono<AppEnv>().get("/echo", (c) => {
    const { platform } = c.env;
    assert.ok(platform);
    const { socket, response } = platform.upgrade(c.req.raw);
    socket.send("welcome");
    void socket.readable.pipeTo(socket.writable).catch(() => {}); // the client may leave first
    return response;
  });
}

Deno.test("a request begins in no other's async context, though that has imported something", async () => {
  const storage = new AsyncLocalStorage<string>();
  const app = new Hono<AppEnv>()
    .get("/import", async (c) => {
      await storage.run("another's", () => import("data:application/javascript,export{}//"));
      return c.text("");
    })
    .get("/look", (c) => c.text(storage.getStore() ?? "nothing"));
  await using server = await serve(() => {}, { ...LOCAL, webrtc: fakePeers(), app });

  await (await fetch(`${server.url}/import`)).text();
  const seen = await (await fetch(`${server.url}/look`)).text();

  assert.equal(seen, "nothing");
});

Deno.test("a WebSocket is accepted and may speak before it is open", async () => {
  await using server = await serve(() => {}, { ...LOCAL, webrtc: fakePeers(), app: echo() });
  const client = new WebSocket(`${server.url.replace("http", "ws")}/echo`);
  const heard = new Promise<string[]>((resolve) => {
    const messages: string[] = [];
    client.onmessage = ({ data }) => {
      messages.push(data);
      if (messages.length === 2) resolve(messages);
    };
  });
  client.onopen = () => client.send("hello");

  assert.deepEqual(await heard, ["welcome", "hello"]);
  const closed = new Promise((resolve) => client.onclose = resolve);
  client.close();
  await closed;
});

Deno.test("a plain request to a WebSocket's address is 426", async () => {
  await using server = await serve(() => {}, { ...LOCAL, webrtc: fakePeers(), app: echo() });

  const response = await fetch(`${server.url}/echo`);

  assert.equal(response.status, 426);
  assert.equal((await response.json()).code, "upgrade_required");
});

Deno.test("closing does not wait for a client that stays", async () => {
  const server = await serve(() => {}, { ...LOCAL, webrtc: fakePeers(), app: echo() });
  const client = new WebSocket(`${server.url.replace("http", "ws")}/echo`);
  const closed = new Promise((resolve) => client.onclose = resolve);
  await new Promise((resolve) => client.onmessage = resolve);

  await Promise.all([server.close(), server.close()]);

  await closed;
  await assert.rejects(fetch(`${server.url}/status`), TypeError);
});

Deno.test("closing does not wait for an answer that nobody reads", async () => {
  const endless = new Hono<AppEnv>().get("/endless", (c) => {
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
    });
    return c.body(body);
  });
  const server = await serve(() => {}, { ...LOCAL, webrtc: fakePeers(), app: endless });
  const response = await fetch(`${server.url}/endless`);

  await server.close();

  await assert.rejects(fetch(`${server.url}/status`), TypeError);
  await response.body?.cancel();
});

Deno.test("closing ends the sessions first", async () => {
  const reasons: string[] = [];
  const server = await serve(async ({ signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    reasons.push(signal.reason.message);
  }, { ...LOCAL, webrtc: fakePeers() });
  const offer = { sdp: "v=0", type: "offer" };
  const response = await fetch(`${server.url}/api/offer`, {
    method: "POST",
    body: JSON.stringify(offer),
  });
  await response.body?.cancel();

  await server.close();

  assert.equal(response.status, 200);
  assert.deepEqual(reasons, ["The runner is closing"]);
});

Deno.test("the WebRTC stack is prepared once it listens, and its failure is survived", async () => {
  const { promise: prepared, resolve } = Promise.withResolvers<void>();
  const webrtc: PeerFactory = {
    ...fakePeers(),
    prepare() {
      resolve();
      return Promise.reject(new Error("cannot be prepared"));
    },
  };
  await using server = await serve(() => {}, { ...LOCAL, webrtc });

  await prepared;

  const response = await fetch(`${server.url}/status`);
  await response.body?.cancel();
  assert.equal(response.status, 200);
});

Deno.test("whoever loads the page lets the WebRTC stack rehearse, once", async () => {
  let rehearsals = 0;
  const { promise: rehearsed, resolve } = Promise.withResolvers<void>();
  const rehearse = () => {
    rehearsals++;
    resolve();
    return Promise.reject(new Error("cannot be rehearsed"));
  };
  await using server = await serve(() => {}, {
    ...LOCAL,
    webrtc: { ...fakePeers(), rehearse },
  });

  for (let visit = 0; visit < 2; visit++) {
    const response = await fetch(`${server.url}/client/`);
    await response.body?.cancel();
  }
  await rehearsed;

  assert.equal(rehearsals, 1);
});

Deno.test("a busy port, a strange host and a missing transport each have a code", async () => {
  await using server = await serve(() => {}, { ...LOCAL, webrtc: fakePeers() });
  const port = Number(new URL(server.url).port);
  const code = (options: Parameters<typeof serve>[1]) =>
    serve(() => {}, { ...LOCAL, webrtc: fakePeers(), ...options }).then(
      () => assert.fail("it listens"),
      (error) => error instanceof RunnerError ? error.code : error,
    );

  assert.equal(await code({ port }), "port_in_use");
  assert.equal(await code({ hostname: "203.0.113.1" }), "host_not_available");
  for (const wrong of [70_000, -1, 80.5, NaN]) {
    assert.equal(await code({ port: wrong }), "bad_option");
  }
  assert.equal(await code({ environment: { TELNYX_PUBLIC_KEY: "no key" } }), "bad_public_key");
  const off = await serve(() => {}, { ...LOCAL, webrtc: false, transport: "webrtc" }).catch(
    ({ message }) => message,
  );
  assert.match(off, /the option webrtc turns it off/);
  assert.match(await code({ transport: "livekit" }), /^(transport_disabled|no_credentials)$/);
});

Deno.test("the URL can be opened on this machine", async () => {
  await using everywhere = await serve(() => {}, {
    ...LOCAL,
    hostname: "0.0.0.0",
    webrtc: fakePeers(),
  });

  const response = await fetch(`${everywhere.url}/status`);
  await response.body?.cancel();

  assert.match(everywhere.url, /^http:\/\/localhost:\d+$/);
  assert.equal(response.status, 200);
});

Deno.test("a download is private, typed and never run as a page", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(join(folder, "täg 1.html"), "<script>");
  const files = fileFolder(folder);
  await using server = await serve(() => {}, { ...LOCAL, webrtc: fakePeers(), files });

  const response = await fetch(`${server.url}/files/${encodeURIComponent("täg 1.html")}`);

  assert.equal(await response.text(), "<script>");
  assert.match(response.headers.get("content-disposition") ?? "", /t%C3%A4g%201\.html/);
  assert.equal(response.headers.get("content-length"), "8");
  assert.equal(response.headers.get("content-security-policy"), "sandbox");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("no request target leads out of the folder", async () => {
  const root = await Deno.makeTempDir();
  const folder = join(root, "out");
  await Deno.mkdir(folder);
  await Deno.writeTextFile(join(root, "secret.txt"), "secret");
  const files = fileFolder(folder);
  await using server = await serve(() => {}, { ...LOCAL, webrtc: fakePeers(), files });

  for (
    const target of [
      "/files/../secret.txt",
      "/files/..%2fsecret.txt",
      "/files/%2e%2e/secret.txt",
      "/files/%2e%2e%2fsecret.txt",
      "/files/x/%2e%2e/%2e%2e/secret.txt",
      "/files/..%5csecret.txt",
      "/files//etc/passwd",
      "/files/%2fetc%2fpasswd",
      `/files/${encodeURIComponent(join(root, "secret.txt"))}`,
      "/files/%00",
      "/files/%",
      "/files/",
      "/files",
    ]
  ) {
    const answer = await rawGet(server.url, target);
    assert.match(answer, /^HTTP\/1\.1 4\d\d /, target);
    assert.doesNotMatch(answer, /secret$|root:/, target);
  }
  await Deno.remove(root, { recursive: true });
});

Deno.test("a download that is left, or only asked about, holds no file open", {
  ignore: Deno.build.os !== "linux", // counts in /proc
}, async () => {
  const folder = await Deno.makeTempDir();
  const path = join(await Deno.realPath(folder), "big.wav");
  await Deno.writeFile(path, new Uint8Array(32 << 20));
  const files = fileFolder(folder);
  await using server = await serve(() => {}, { ...LOCAL, webrtc: fakePeers(), files });

  const head = await fetch(`${server.url}/files/big.wav`, { method: "HEAD" });
  const afterHead = await openFiles();
  const left = new AbortController();
  const response = await fetch(`${server.url}/files/big.wav`, { signal: left.signal });
  const reader = response.body?.getReader();
  await reader?.read();
  const whileReading = await openFiles();
  left.abort();
  await reader?.closed.catch(() => {}); // it was aborted

  assert.equal(head.headers.get("content-length"), String(32 << 20));
  assert.equal(afterHead.includes(path), false);
  assert.equal(whileReading.includes(path), true);
  while ((await openFiles()).includes(path)) await new Promise((resolve) => setTimeout(resolve, 5));
  await Deno.remove(folder, { recursive: true });
});

/** The files that this process holds open. */
async function openFiles(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir("/proc/self/fd")) {
    names.push(await Deno.readLink(`/proc/self/fd/${name}`).catch(() => ""));
  }
  return names;
}

/** An HTTP request whose target is sent as it is; `fetch` would resolve its dots. */
async function rawGet(url: string, target: string): Promise<string> {
  const { hostname, port } = new URL(url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const head = `GET ${target} HTTP/1.1\r\nhost: ${hostname}\r\nconnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(head));
  let answer = "";
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  for (let read; (read = await connection.read(buffer)) !== null;) {
    answer += decoder.decode(buffer.subarray(0, read));
  }
  return answer;
}
