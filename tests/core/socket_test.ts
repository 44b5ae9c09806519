import assert from "node:assert/strict";
import { socketFrom, type WebSocketLike } from "../../src/core/socket.ts";
import { SocketListeners } from "../../src/core/socket_listeners.ts";

/** A WebSocket whose network the test plays. */
function fakeWebSocket(readyState = 1) {
  const listeners = new SocketListeners();
  const sent: unknown[] = [];
  const fire = listeners.tell.bind(listeners);
  const webSocket: WebSocketLike & { readyState: number; bufferedAmount: number } = {
    readyState,
    bufferedAmount: 0,
    send: (message) => void sent.push(message),
    close(code = 1005, reason = "") {
      webSocket.readyState = 3;
      fire("close", { code, reason });
    },
    addEventListener: listeners.add.bind(listeners),
  };
  return { webSocket, sent, fire };
}

const bytes = (...values: number[]) => new Uint8Array(values);

Deno.test("messages are read as text and bytes, in order, up to the close", async () => {
  const { webSocket, fire } = fakeWebSocket();
  const socket = socketFrom(webSocket);

  fire("message", { data: "one" });
  fire("message", { data: bytes(2).buffer });
  fire("close", { code: 1000, reason: "bye" });
  const read = await Array.fromAsync(socket.readable);

  assert.equal(webSocket.binaryType, "arraybuffer");
  assert.deepEqual(read, ["one", bytes(2)]);
  assert.deepEqual(await socket.closed, { closeCode: 1000, reason: "bye" });
});

Deno.test("what is sent before the socket opens waits for it", async () => {
  const { webSocket, sent, fire } = fakeWebSocket(0);
  const socket = socketFrom(webSocket);

  await socket.writable.getWriter().write("first");
  socket.send("second");
  assert.deepEqual(sent, []);
  webSocket.readyState = 1;
  fire("open", {});

  assert.deepEqual(sent, ["first", "second"]);
});

Deno.test("a socket that is closed before it opens closes once what was sent has left", async () => {
  const { webSocket, sent, fire } = fakeWebSocket(0);
  const socket = socketFrom(webSocket);

  socket.send("last");
  socket.close({ closeCode: 4000, reason: "early" });
  socket.send("too late");
  assert.equal(webSocket.readyState, 0);
  webSocket.readyState = 1;
  fire("open", {});

  assert.deepEqual(sent, ["last"]);
  assert.deepEqual(await socket.closed, { closeCode: 4000, reason: "early", by: "bot" });
});

Deno.test("a receiver gets what waited, then each message at once", () => {
  const { webSocket, fire } = fakeWebSocket();
  const socket = socketFrom(webSocket);
  const received: unknown[] = [];

  fire("message", { data: "early" });
  socket.receive((message) => received.push(message));
  fire("message", { data: "late" });

  assert.deepEqual(received, ["early", "late"]);
  assert.ok(socket.readable.locked);
  assert.throws(() => socket.receive(() => {}), TypeError);
});

Deno.test("a socket that nobody reads is closed before it eats the memory", async () => {
  const { webSocket, fire } = fakeWebSocket();
  const socket = socketFrom(webSocket);

  for (let n = 0; n < 20; n++) fire("message", { data: "x".repeat(100_000) });

  assert.equal((await socket.closed).closeCode, 1008);
});

Deno.test("a failed socket is closed once, without an exception", async () => {
  const { webSocket, fire } = fakeWebSocket();
  const socket = socketFrom(webSocket);

  fire("error", {});
  fire("close", { code: 1006, reason: "" });
  socket.send("lost");
  socket.close();

  assert.deepEqual(await socket.closed, { closeCode: 1006 });
  assert.deepEqual(await Array.fromAsync(socket.readable), []);
});

Deno.test("a socket whose other side does not answer a close ends after two seconds", async () => {
  const { webSocket } = fakeWebSocket();
  webSocket.close = () => {};
  const delays: number[] = [];
  const { setTimeout } = globalThis;
  const atOnce = (act: () => void, ms: number) => {
    delays.push(ms);
    return setTimeout(act);
  };
  Object.assign(globalThis, { setTimeout: atOnce });

  try {
    await socketFrom(webSocket)[Symbol.asyncDispose]();
  } finally {
    Object.assign(globalThis, { setTimeout });
  }

  assert.deepEqual(delays, [2000]);
});

Deno.test("a side that does not read is given up, before it takes all memory", () => {
  const { webSocket, sent } = fakeWebSocket();
  const socket = socketFrom(webSocket);
  const message = bytes(...new Uint8Array(1 << 16));
  webSocket.send = (data) => {
    sent.push(data);
    webSocket.bufferedAmount += data.length;
  };

  for (let i = 0; i < 1000; i++) socket.send(message);

  assert.equal(webSocket.readyState, 3);
  assert.ok(sent.length <= 129, `${sent.length} messages of 64 KiB wait`);
});

Deno.test("what waits for a socket that never opens is bounded", async () => {
  const { webSocket, sent, fire } = fakeWebSocket(0);
  const socket = socketFrom(webSocket);
  const message = "m".repeat(1 << 16);

  for (let i = 0; i < 1000; i++) socket.send(message);
  webSocket.readyState = 1;
  fire("open", {});

  assert.deepEqual(sent, []);
  assert.equal((await socket.closed).closeCode, 1008);
});

Deno.test("a close goes out whatever its code and its reason are", async () => {
  const bytesOf = (text: string) => new TextEncoder().encode(text).length;
  for (
    const [info, code] of [
      [{}, 1000],
      [{ closeCode: 1001 }, 1001],
      [{ closeCode: 1011 }, 1011],
      [{ closeCode: 4999 }, 4999],
      [{ closeCode: 1005 }, 1000],
      [{ closeCode: 1006 }, 1011],
      [{ closeCode: 1015 }, 1011],
      [{ closeCode: 2000 }, 1011],
      [{ closeCode: 5000 }, 1011],
      [{ closeCode: 0 }, 1011],
      [{ closeCode: 1000.5 }, 1011],
      [{ closeCode: NaN }, 1011],
    ] as const
  ) {
    for (
      const reason of [
        "",
        "x".repeat(124),
        "ä".repeat(70),
        "€".repeat(50),
        "😀".repeat(40),
        "\ud800",
      ]
    ) {
      const { webSocket, fire } = fakeWebSocket();
      let closed: [number | undefined, string | undefined] = [undefined, undefined];
      webSocket.close = (code, reason) => void (closed = [code, reason]);

      const socket = socketFrom(webSocket);
      socket.close({ ...info, reason });

      const [sent, why = ""] = closed;
      assert.equal(sent, code);
      assert.ok(bytesOf(why) <= 123 && bytesOf(why) >= Math.min(120, bytesOf(reason)), why);
      assert.ok(reason.toWellFormed().startsWith(why), why);
      webSocket.readyState = 3;
      fire("close", { code, reason: why });
      await socket.closed;
    }
  }
});

Deno.test("a client that may not say a code closes without one", async () => {
  const { webSocket, fire } = fakeWebSocket();
  const closes: (number | undefined)[] = [];
  webSocket.close = (code) => {
    closes.push(code);
    if (code !== undefined) throw new DOMException("no", "InvalidAccessError");
  };

  const socket = socketFrom(webSocket);
  socket.close({ closeCode: 1001 });

  assert.deepEqual(closes, [1001, undefined]);
  webSocket.readyState = 3;
  fire("close", { code: 1005, reason: "" });
  await socket.closed;
});
