/**
 * Messages between a peer and its client, and how each learns that the other has left.
 */
import assert from "node:assert/strict";
import { weriftPeers } from "../../src/ways/webrtc/werift.ts";
import { call, hangUp, read, until } from "./call.ts";
import { createClient, delay } from "./client.ts";

Deno.test("app messages pass both ways, in order, even before the channel is open", async () => {
  const client = await createClient();
  const { peer, sdp } = await weriftPeers().answer("pc_1", await client.offer());
  for (let i = 0; i < 10; i++) peer.send({ i });
  await client.accept(sdp);
  await client.connected();

  client.channel?.send(JSON.stringify({ hello: "bot" }));
  client.channel?.send("neither a ping nor JSON");
  client.channel?.send(
    JSON.stringify({ type: "signalling", message: { type: "trackStatus", enabled: false } }),
  );
  client.channel?.send(JSON.stringify([1, "second"]));
  await until(() => client.messages.length === 10);
  await delay(50);
  const taken: unknown[] = [];
  peer.intercept((data) => Array.isArray(data) && taken.push(data) > 0);
  peer.close();
  const frames = await read(peer, 1000);

  assert.deepEqual(client.messages.map((text) => JSON.parse(text).i), [...Array(10).keys()]);
  assert.deepEqual(taken, [[1, "second"]]);
  assert.equal(peer.received, 2); // no ping, and nothing that is no message of the app
  assert.deepEqual(
    frames.filter(({ type }) => type === "message"),
    [{ type: "message", data: { hello: "bot" } }],
  );
  await hangUp(peer, client);
});

Deno.test("large messages pass, and larger ones than the client takes are dropped", async () => {
  await using c = await call();

  c.peer.send("x".repeat(60_000));
  c.peer.send("y".repeat(70_000));
  c.peer.send("z");
  await until(() => c.client.messages.length === 2);

  assert.deepEqual(c.client.messages.map((text) => text.length), [60_002, 3]);
});

Deno.test("when the bot hangs up, the client is told", async () => {
  await using c = await call();

  c.peer.send("last words");
  c.peer.close({ reason: "done" });
  const info = await c.peer.closed;
  await c.peer[Symbol.asyncDispose]();

  assert.deepEqual(info, { reason: "done", by: "bot" });
  assert.deepEqual(
    c.client.messages.map((text) => JSON.parse(text)),
    ["last words", { type: "signalling", message: { type: "peerLeft" } }],
  );
});

Deno.test("a bot that is done before its client has connected still tells it", async () => {
  const client = await createClient();
  const { peer, sdp } = await weriftPeers().answer("pc_1", await client.offer());
  peer.send({ fatal: true });

  const disposed = peer[Symbol.asyncDispose]();
  await client.accept(sdp);
  await disposed;

  assert.deepEqual(
    client.messages.map((text) => JSON.parse(text)),
    [{ fatal: true }, { type: "signalling", message: { type: "peerLeft" } }],
  );
  await client.close();
});

Deno.test("a client that closes its connection has left", async () => {
  await using c = await call();

  const start = performance.now();
  void c.client.pc.close();
  const info = await c.peer.closed;

  assert.equal(info.closeCode, 1000);
  assert.ok(performance.now() - start < 1000);
});

Deno.test("a client that closes its channel goes on with audio, and with another channel", async () => {
  await using c = await call({ pingTimeoutMs: 200 });
  const { channel, pc } = c.client;

  channel?.close();
  await until(() => channel?.readyState === "closed");
  c.peer.send("for the next channel");
  const speaking = setInterval(() => c.client.send(Uint8Array.of(0xf8, 0xff, 0xfe)), 20);
  await delay(1000);
  const next = pc.createDataChannel("chat");
  const came = Promise.withResolvers<unknown>();
  next.onMessage.subscribe(came.resolve);

  assert.equal(await came.promise, JSON.stringify("for the next channel"));
  clearInterval(speaking);
});

Deno.test("a client that closes its channel and sends nothing more is gone", async () => {
  await using c = await call({ pingTimeoutMs: 200 });

  c.client.channel?.close();

  assert.equal((await c.peer.closed).closeCode, 1006);
});

Deno.test("a client whose pings stop is gone", async () => {
  await using c = await call({ pings: false, pingTimeoutMs: 500 });
  c.client.channel?.send("ping: 1");

  const start = performance.now();
  const info = await c.peer.closed;

  const elapsed = performance.now() - start;
  assert.equal(info.closeCode, 1006);
  assert.ok(elapsed > 400 && elapsed < 3000, `${elapsed} ms`);
  assert.ok((await c.peer.readable.getReader().read()) !== undefined);
});

Deno.test("a client whose pings are lost stays as long as its audio arrives", async () => {
  await using c = await call({ pings: false, pingTimeoutMs: 300 });
  c.client.channel?.send("ping: 1");
  let closed = false;
  void c.peer.closed.then(() => closed = true);

  for (let i = 0; i < 50; i++) {
    c.client.send(Uint8Array.of(0xf8, 0xff, 0xfe));
    await delay(20);
  }
  assert.equal(closed, false);

  await c.peer.closed; // now that it is silent
});

Deno.test("a client that never pings stays", async () => {
  await using c = await call({ pings: false, pingTimeoutMs: 200 });
  let closed = false;
  void c.peer.closed.then(() => closed = true);

  await delay(600);

  assert.equal(closed, false);
});

Deno.test("no message of a client can end the process", async () => {
  await using c = await call();
  const { sctp } = c.client.pc.sctp!;

  // An unknown protocol, an acknowledgment of nothing, and what is no packet at all.
  await sctp.send(c.client.channel!.id!, 99, new TextEncoder().encode("?") as never);
  await sctp.send(40, 50, Uint8Array.of(2) as never);
  await c.client.pc.dtlsTransports[0]!.sendData(Uint8Array.of(1, 2, 3) as never);
  c.client.channel?.send(JSON.stringify({ deep: "[".repeat(1000) }));
  await delay(50);

  c.peer.send("still here");
  await until(() => c.client.messages.length === 1);
});
