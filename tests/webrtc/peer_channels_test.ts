/**
 * Which of a client's data channels is the one for messages, and what the others do.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Peer } from "../../src/core/peer.ts";
import { weriftPeers } from "../../src/ways/webrtc/werift.ts";
import { call, encoded, hangUp, until } from "./call.ts";
import { createClient, delay } from "./client.ts";

/** A client without the channel that it usually has, and its peer. */
async function callWithout(open: (client: Awaited<ReturnType<typeof createClient>>) => void) {
  const client = await createClient({ data: false });
  open(client);
  for (const { iceTransport } of client.pc.dtlsTransports) {
    delete iceTransport.connection.stunServer;
  }
  const { peer, sdp } = await weriftPeers().answer("pc_1", await client.offer());
  await client.accept(sdp);
  await peer.ready;
  return { client, peer };
}

/** Every message that the peer gets. */
function messagesOf(peer: Peer): unknown[] {
  const messages: unknown[] = [];
  peer.intercept((data) => messages.push(data) > 0);
  return messages;
}

Deno.test("a channel that both sides know without opening it carries messages both ways", async () => {
  const came: string[] = [];
  const { client, peer } = await callWithout(({ pc }) => {
    const channel = pc.createDataChannel("chat", { negotiated: true, id: 7 });
    channel.onMessage.subscribe((message) => void came.push(String(message)));
    channel.stateChanged.subscribe((state) => {
      if (state === "open") channel.send(JSON.stringify("hello"));
    });
  });
  const messages = messagesOf(peer);
  peer.send("waits for the channel");

  await until(() => came.length === 1 && messages.length === 1);

  assert.deepEqual([came, messages], [[JSON.stringify("waits for the channel")], ["hello"]]);
  await hangUp(peer, client);
});

Deno.test("audio flows though a channel is offered and never used", async () => {
  const { client, peer } = await callWithout(({ pc }) => {
    pc.createDataChannel("x", { negotiated: true, id: 7 });
  });
  const writer = peer.writable.getWriter();
  const samples = new Int16Array(320).fill(1000);

  for (let i = 0; i < 10; i++) {
    await writer.write({ type: "audio", samples, sampleRate: 16_000, channels: 1 });
  }
  for (const packet of encoded(new Int16Array(9600))) client.send(packet);
  const { value } = await peer.readable.getReader().read();

  await until(() => client.packets.length > 10);
  assert.equal(value?.type, "audio");
  await hangUp(peer, client);
});

Deno.test("a channel of another name leaves the messages where they are, and closing it too", async () => {
  await using c = await call();
  const messages = messagesOf(c.peer);
  const other = c.client.pc.createDataChannel("file");
  await until(() => other.readyState === "open");

  other.send(JSON.stringify("not for the bot"));
  c.client.channel?.send(JSON.stringify("for the bot"));
  c.peer.send("for the client");
  await until(() => messages.length > 0 && c.client.messages.length > 0);
  other.close();
  await until(() => other.readyState === "closed");
  c.client.channel?.send(JSON.stringify("still for the bot"));
  await until(() => messages.length > 1);

  assert.deepEqual(messages, ["for the bot", "still for the bot"]);
  assert.deepEqual(c.client.messages, [JSON.stringify("for the client")]);
});

Deno.test("the channel named chat is the one, though another one is opened before it", async () => {
  const came: string[] = [];
  const { client, peer } = await callWithout(({ pc }) => {
    pc.createDataChannel("telemetry");
    pc.createDataChannel("chat").onMessage.subscribe((message) => void came.push(String(message)));
  });
  peer.send("for the chat");

  await until(() => came.length === 1);

  await hangUp(peer, client);
});

Deno.test("a channel of any name and kind serves where there is no other", async () => {
  const came: string[] = [];
  const { client, peer } = await callWithout(({ pc }) => {
    const options = { ordered: false, maxRetransmits: 0, protocol: "x" };
    const channel = pc.createDataChannel("any", options);
    channel.onMessage.subscribe((message) => void came.push(String(message)));
  });
  peer.send("first");

  await until(() => came.length === 1);

  await hangUp(peer, client);
});

Deno.test("messages may be binary, empty, or as long as the answer allows", async () => {
  await using c = await call({ pings: false });
  const messages = messagesOf(c.peer);
  const text = "ä".repeat(60_000);

  c.client.channel?.send(Buffer.from(JSON.stringify("binary")));
  c.client.channel?.send(Buffer.from(JSON.stringify(text)));
  c.client.channel?.send(Buffer.from(""));
  await until(() => messages.length === 2);
  await delay(50);

  assert.deepEqual(messages, ["binary", text]);
  assert.match(c.client.pc.remoteDescription!.sdp, /a=max-message-size:262144\r\n/);
});

Deno.test("channels come and go without end, and the first one stays", async () => {
  await using c = await call();
  const messages = messagesOf(c.peer);

  for (let i = 0; i < 30; i++) {
    const other = c.client.pc.createDataChannel(`other ${i}`);
    await until(() => other.readyState === "open");
    other.close();
    await until(() => other.readyState === "closed");
  }
  c.client.channel?.send("1");

  await until(() => messages.length === 1);
});

Deno.test("a channel that is open is not opened again, however often it is asked", async () => {
  await using c = await call({ pings: false });
  const { sctp, dtlsTransport } = c.client.pc.sctpTransport!;
  const { id } = c.client.channel!;
  const open = Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 120);
  let answers = 0;
  const receive = dtlsTransport.dataReceiver;
  dtlsTransport.dataReceiver = (bytes) => {
    if (bytes[12] === 0) answers++;
    receive(bytes);
  };

  for (let i = 0; i < 20; i++) await sctp.send(id!, 50, Buffer.from(open));
  c.peer.send("one message");
  await until(() => c.client.messages.length === 1);

  assert.equal(answers, 1);
});
