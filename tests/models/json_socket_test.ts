import assert from "node:assert/strict";
import { jsonSocket } from "../../src/models/json_socket.ts";
import type { RunnerError } from "../../src/core/error.ts";

/** A server that answers each message with what it was, and closes when it is told to. */
function echo(): { readonly url: string } & AsyncDisposable {
  const server = Deno.serve({ port: 0, onListen() {} }, (request) => {
    if (request.headers.get("authorization") === "wrong") return new Response("", { status: 401 });
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      if (typeof data !== "string") return socket.send(JSON.stringify({ bytes: data.byteLength }));
      const message = JSON.parse(data);
      if (message.close) return socket.close(message.close, message.reason);
      const text = JSON.stringify({ got: message });
      socket.send(message.binary ? new TextEncoder().encode(text) : text);
    };
    return response;
  });
  return {
    url: `ws://localhost:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("what is sent before it is open waits; text and bytes are read alike", async () => {
  await using server = echo();
  await using socket = jsonSocket<unknown, object>(new WebSocket(server.url));
  socket.send({ a: "ü" });
  socket.send({ binary: true });
  socket.send(new Uint8Array(3));

  const answers: unknown[] = [];
  for await (const answer of socket) if (answers.push(answer) === 3) break;

  assert.deepEqual(answers, [{ got: { a: "ü" } }, { got: { binary: true } }, { bytes: 3 }]);
});

Deno.test("it ends after all was sent that an iterable gives", async () => {
  await using server = echo();
  await using socket = jsonSocket<unknown, object>(new WebSocket(server.url));
  async function* numbers() {
    yield 1;
    yield 2;
  }

  await socket.sendAll(numbers(), (n) => ({ n }));

  assert.ok((await Array.fromAsync(socket)).length <= 2);
});

Deno.test("a normal close ends the iteration, another one is an error with its reason", async () => {
  await using server = echo();
  await using normal = jsonSocket<unknown, object>(new WebSocket(server.url));
  normal.send({ close: 1000 });
  assert.deepEqual(await Array.fromAsync(normal), []);

  await using broken = jsonSocket<unknown, object>(new WebSocket(server.url));
  broken.send({ close: 1008, reason: "API key not valid." });
  await assert.rejects(Array.fromAsync(broken), (error: RunnerError) => {
    assert.equal(error.code, "unreachable");
    return /API key not valid/.test(error.message);
  });
});

Deno.test("one that is refused is an error for who reads it", async () => {
  await using server = echo();
  const headers = { authorization: "wrong" };
  await using socket = jsonSocket<unknown, object>(new WebSocket(server.url, { headers }));

  await assert.rejects(Array.fromAsync(socket), { code: "unreachable" });
});
