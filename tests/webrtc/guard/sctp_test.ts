/**
 * What a client can do to a call, and to its process, with SCTP packets of its own making.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { CHUNK, writeChunk, writeSctp } from "../../../src/ways/webrtc/guard/sctp_packet.ts";
import { type Call, call, until } from "../call.ts";
import { delay } from "../client.ts";

/** Sends chunks within the association of a call's client, each in a packet of its own. */
async function inject(c: Call, ...chunks: readonly (readonly number[])[]): Promise<void> {
  const { sctp } = c.client.pc.sctp!;
  const verificationTag = sctp["remoteVerificationTag"];
  const header = { sourcePort: 5000, destinationPort: 5000, verificationTag };
  for (const chunk of chunks) {
    const packet = writeSctp(header, [Uint8Array.from(chunk)]);
    await c.client.pc.dtlsTransports[0]!.sendData(Buffer.from(packet));
  }
}

const chunk = (type: number, ...value: number[]) => [
  ...writeChunk(type, 0, Uint8Array.from(value)),
];

/** Whether messages still pass both ways. */
async function passes(c: Call): Promise<void> {
  const before = c.client.messages.length;
  const came = Promise.withResolvers<unknown>();
  c.peer.intercept((data) => (came.resolve(data), true));
  c.client.channel?.send(JSON.stringify("to the bot"));
  c.peer.send("to the client");
  assert.equal(await came.promise, "to the bot");
  await until(() => c.client.messages.length > before);
}

Deno.test("lengths of 0 in chunks and parameters harm nobody", async () => {
  await using c = await call();

  await inject(
    c,
    [CHUNK.heartbeat, 0, 0, 0],
    [CHUNK.heartbeat, 0, 0, 8, 0, 1, 0, 0],
    [CHUNK.data, 3, 0, 0],
    [200, 0, 0, 0],
    chunk(CHUNK.abort, 0, 12, 0, 0),
    chunk(CHUNK.error, 0, 1, 0, 0),
    chunk(CHUNK.reconfig, 0, 13, 0, 0),
    chunk(CHUNK.reconfig, 0, 13, 0, 17, ...Array(13).fill(0)),
    chunk(CHUNK.initAck, ...Array(16).fill(1), 0, 7, 0, 0),
    chunk(CHUNK.forwardTsn, 0, 0),
    chunk(CHUNK.cookieEcho),
    chunk(CHUNK.shutdown, 1),
  );

  await passes(c);
});

Deno.test("an acknowledgment of what was never sent counts for nothing", async () => {
  await using c = await call();
  const sent = c.client.pc.sctp!.sctp["lastReceivedTsn"]!;
  const tsn = [sent >>> 24, (sent >>> 16) & 255, (sent >>> 8) & 255, sent & 255];
  const blocks = Array(250).fill(0).flatMap((_, i) => [i, 1, i, 255]);

  const start = performance.now();
  for (let i = 0; i < 20; i++) {
    await inject(c, chunk(CHUNK.sack, ...tsn, 0, 1, 0, 0, 0, 250, 0, 0, ...blocks));
  }
  await inject(
    c,
    chunk(CHUNK.sack, tsn[0]!, tsn[1]! ^ 1, tsn[2]!, tsn[3]!, 0, 1, 0, 0, 0, 0, 0, 0),
  );
  await passes(c);

  assert.ok(performance.now() - start < 500);
});

Deno.test("neither a late INIT nor a chunk with another tag ends the association", async () => {
  await using c = await call();
  const transport = c.client.pc.dtlsTransports[0]!;
  const init = chunk(CHUNK.init, 0, 0, 0, 9, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0);
  const packet = (verificationTag: number, bytes: number[], sourcePort = 5000) =>
    Buffer.from(
      writeSctp({ sourcePort, destinationPort: 5000, verificationTag }, [Uint8Array.from(bytes)]),
    );

  await transport.sendData(packet(0, init));
  for (const tag of [0, 1, c.client.pc.sctp!.sctp["localVerificationTag"]]) {
    await transport.sendData(packet(tag, chunk(CHUNK.abort)));
    await transport.sendData(packet(tag, chunk(CHUNK.shutdown, 0, 0, 0, 0)));
  }
  const right = c.client.pc.sctp!.sctp["remoteVerificationTag"];
  await transport.sendData(packet(right, chunk(CHUNK.abort), 4999));

  await passes(c);
});

Deno.test("chunks of kinds that nobody knows are passed over, and the rest is read", async () => {
  await using c = await call();
  const { sctp } = c.client.pc.sctp!;
  const header = {
    sourcePort: 5000,
    destinationPort: 5000,
    verificationTag: sctp["remoteVerificationTag"],
  };
  const chunks = [[132, 0, 0, 8, 1, 2, 3, 4], chunk(CHUNK.heartbeat, 0, 1, 0, 8, 1, 2, 3, 4)];
  const answered = Promise.withResolvers<void>();
  const receive = c.client.pc.dtlsTransports[0]!.dataReceiver;
  c.client.pc.dtlsTransports[0]!.dataReceiver = (bytes) => {
    if (bytes[12] === CHUNK.heartbeatAck) answered.resolve();
    receive(bytes);
  };

  const packet = writeSctp(header, chunks.map((bytes) => Uint8Array.from(bytes)));
  await c.client.pc.dtlsTransports[0]!.sendData(Buffer.from(packet));

  await answered.promise;
  await passes(c);
});

Deno.test("a client that aborts the association has left", async () => {
  await using c = await call();

  await inject(c, chunk(CHUNK.abort));

  assert.equal((await c.peer.closed).closeCode, 1000);
});

Deno.test("a client that changes its transport begins another association below the same channels", async () => {
  await using c = await call();
  const { sctp } = c.client.pc.sctp!;
  await passes(c);
  const offer = await c.client.offer();
  // The transport has its name from the audio.
  await c.peer.answer(offer.replace(/^m=audio \d+/m, "m=audio 0"));

  await inject(c, chunk(CHUNK.abort));
  await delay(50); // nothing tells that it has arrived
  c.peer.send("in between"); // not lost
  Object.assign(sctp, { remoteVerificationTag: 0, outboundStreamSeq: {}, inboundStreams: {} });
  await sctp["init"]();

  await until(() => c.client.messages.includes('"in between"'));
  await passes(c);
});
