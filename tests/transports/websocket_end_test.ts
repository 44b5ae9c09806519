/**
 * RTVI over a WebSocket, what cannot be used, and how such a session ends.
 */
import assert from "node:assert/strict";
import { createTicker } from "../../src/audio/ticker.ts";
import type { CloseInfo, Socket } from "../../src/core/duplex.ts";
import { encodeAudio, encodeMessage } from "../../src/serializers/protobuf.ts";
import { manualClock } from "../../src/testing/clock.ts";
import { websocketTransport } from "../../src/ways/websocket/transport.ts";
import { arrival, connected, milliseconds, NEVER, rtvi, silence } from "./websocket_client.ts";

Deno.test("RTVI is answered, and other messages are the bot's to read", async () => {
  await using phone = await connected();
  phone.client.send(rtvi("client-ready", { version: "2.1.0", about: { library: "test" } }));
  phone.client.send(encodeMessage({ my: "message" }));
  phone.client.send(rtvi("client-message", { t: "ping", d: 1 }));

  assert.equal(await phone.transport.rtvi.clientReady, "2.1.0");
  const [ready] = phone.messages() as { type: string; id: string }[];
  const { value } = await phone.transport.readable.getReader().read();
  const { value: message } = await phone.transport.rtvi.messages.getReader().read();

  assert.deepEqual([ready?.type, ready?.id], ["bot-ready", "m1"]);
  assert.deepEqual(value, { type: "message", data: { my: "message" } });
  assert.equal(message?.type, "client-message");
});

Deno.test("disconnect-bot ends the session", async () => {
  await using phone = await connected();

  phone.client.send(rtvi("disconnect-bot", {}));

  await phone.transport.closed;
});

Deno.test("what cannot be used is skipped, and what follows is read", async () => {
  await using phone = await connected();
  const hostile: (string | Uint8Array<ArrayBuffer>)[] = [
    "text",
    new Uint8Array(),
    Uint8Array.of(255, 255, 255),
    Uint8Array.of(0x22, 4, 0x0a, 2, 0x68, 0x69),
    new Uint8Array((1 << 20) + 1),
    encodeAudio(silence(2001, 16_000)),
    encodeAudio(silence(20, 16_000)).slice(0, -1),
  ];
  for (const message of hostile) phone.client.send(message);
  phone.client.send(encodeAudio(silence(20, 16_000)));

  const { value } = await phone.transport.readable.getReader().read();

  assert.ok(value?.type === "audio");
  assert.equal(value.samples.length, 320);
});

Deno.test("a bot that does not read keeps the newest audio, and the memory is bounded", async () => {
  await using phone = await connected();
  for (let i = 0; i < 1000; i++) {
    phone.client.send(
      encodeAudio({ samples: Int16Array.of(i), sampleRate: 16_000, channels: 1 }),
    );
  }
  await arrival();
  phone.transport.close();

  const values: number[] = [];
  for await (const frame of phone.transport.readable) {
    if (frame.type === "audio") values.push(...frame.samples);
  }
  assert.equal(values.length, 512);
  assert.equal(values.at(-1), 999);
});

Deno.test("a client that does not read is let go", async () => {
  const { promise: closed, resolve: close } = Promise.withResolvers<CloseInfo>();
  let bufferedAmount = 1 << 20;
  const socket: Socket = {
    readable: new ReadableStream(),
    writable: new WritableStream(),
    closed,
    close: (info = {}) => close(info),
    get bufferedAmount() {
      return bufferedAmount;
    },
    send: (message) => bufferedAmount += message.length,
    receive() {},
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const clock = manualClock();
  const transport = websocketTransport(
    { transport: "websocket", websocket: socket, sessionId: "s1", body: {}, signal: NEVER },
    {},
    { clock, ticker: createTicker(20, clock) },
  );

  void transport.writable.getWriter().write(silence(20, 24_000));
  await clock.advance(300);

  assert.equal((await closed).closeCode, 1008);
});

Deno.test("the client's end ends the readable, settles drained and stops the clock", async () => {
  const phone = await connected();
  void phone.write(silence(3000, 24_000));
  const drained = phone.transport.drained();
  await arrival();

  phone.client.close();
  await phone.transport.closed;
  await drained;

  assert.deepEqual(await phone.transport.readable.getReader().read(), {
    done: true,
    value: undefined,
  });
  const sent = phone.audio().length;
  await phone.clock.advance(1000);
  assert.equal(phone.audio().length, sent);
});

Deno.test("disposing lets the client hear the rest, then closes", async () => {
  const phone = await connected();
  void phone.write(silence(300, 24_000));

  const disposed = phone.transport[Symbol.asyncDispose]();
  await phone.clock.advance(500);
  await disposed;
  await phone.transport.closed;

  const sent = milliseconds(phone.audio());
  assert.ok(sent >= 300 && sent < 306, `${sent} ms`);
});
