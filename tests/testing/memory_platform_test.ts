import assert from "node:assert/strict";
import type { Socket } from "../../src/core/duplex.ts";
import { RunnerError } from "../../src/core/error.ts";
import { type FetchTarget, memoryPlatform } from "../../src/testing/memory_platform.ts";

/** A server that accepts every WebSocket and hands its end to the test. */
function server() {
  const sockets: Socket[] = [];
  const requests: Request[] = [];
  const target: FetchTarget = {
    fetch(request, platform) {
      requests.push(request);
      const { socket, response } = platform!.upgrade(request);
      sockets.push(socket);
      return response;
    },
  };
  return { target, sockets, requests };
}

Deno.test("messages pass both ways, in order, and as copies", async () => {
  const { target, sockets } = server();
  const client = await memoryPlatform().connect(target, "wss://bot.test/ws");
  const bytes = Uint8Array.of(1, 2);
  client.send("first");
  client.send(bytes);
  bytes.fill(9);
  sockets[0]?.send("answer");

  const reader = sockets[0]!.readable.getReader();
  assert.equal((await reader.read()).value, "first");
  assert.deepEqual((await reader.read()).value, Uint8Array.of(1, 2));
  assert.equal((await client.readable.getReader().read()).value, "answer");
});

Deno.test("the handshake carries headers and the secure scheme", async () => {
  const { target, requests } = server();

  await memoryPlatform().connect(target, "wss://bot.test/ws?x=1", { "x-signature": "s" });

  assert.equal(requests[0]?.url, "https://bot.test/ws?x=1");
  assert.equal(requests[0]?.headers.get("x-signature"), "s");
  assert.equal(requests[0]?.headers.get("upgrade"), "websocket");
});

Deno.test("a close reaches both ends with its code and reason", async () => {
  const { target, sockets } = server();
  const client = await memoryPlatform().connect(target, "wss://bot.test/ws");

  sockets[0]?.close({ closeCode: 1008, reason: "No" });

  const expected = { closeCode: 1008, reason: "No" };
  assert.deepEqual(await client.closed, expected);
  assert.deepEqual(await sockets[0]?.closed, { ...expected, by: "bot" });
});

Deno.test("a refusal rejects with its status", async () => {
  const refusing: FetchTarget = {
    fetch: () => new RunnerError("bad_token", "No.").toResponse(),
  };

  const refused = memoryPlatform().connect(refusing, "wss://bot.test/ws");

  await assert.rejects(refused, { code: "stream_refused", status: 403 });
});

Deno.test("a request that asks for no WebSocket is not upgraded", () => {
  const platform = memoryPlatform();

  assert.throws(() => platform.upgrade(new Request("https://bot.test/ws")), {
    code: "upgrade_required",
    status: 426,
  });
});

Deno.test("settled waits for all that keeps the host alive, failures included", async () => {
  const platform = memoryPlatform();
  const order: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  platform.waitUntil(promise.then(() => order.push("done")));
  platform.waitUntil(Promise.reject(new Error("failed")));
  queueMicrotask(resolve);

  await platform.settled();

  assert.deepEqual(order, ["done"]);
});
