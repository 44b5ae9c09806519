import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { concat } from "../../../src/core/bytes.ts";
import { uint } from "../../../src/ways/webrtc/dtls/bytes.ts";
import { clientHandshake } from "../../../src/ways/webrtc/dtls/client.ts";
import {
  fragmentMessage,
  HANDSHAKE,
  parseFragments,
  writeMessage,
} from "../../../src/ways/webrtc/dtls/message.ts";
import { CONTENT, parseRecords, writeRecord } from "../../../src/ways/webrtc/dtls/record.ts";
import { serverHandshake } from "../../../src/ways/webrtc/dtls/server.ts";
import { createIdentity } from "./identities.ts";
import { arrived, type End, type Network, pair, settingsOf } from "./wire.ts";

const [ours, theirs] = await Promise.all([createIdentity(), createIdentity()]);

/** A client and a server of ours. */
function session(network?: Network) {
  return pair(
    (link) => clientHandshake(link, settingsOf(theirs, ours)),
    (link) => serverHandshake(link, settingsOf(ours, theirs)),
    network,
  );
}

const plain = (type: number, body: Uint8Array, epoch = 0) =>
  writeRecord({ type, epoch, sequence: 99 }, body);
const message = (type: number, sequence: number, body = new Uint8Array(12)) =>
  plain(CONTENT.handshake, writeMessage({ type, sequence, body }));

/** What anybody can send who knows an address. */
const STRANGE: Record<string, Uint8Array> = {
  "a fatal alert": plain(CONTENT.alert, Uint8Array.of(2, 40)),
  "a farewell": plain(CONTENT.alert, Uint8Array.of(1, 0)),
  "an alert of no bytes": plain(CONTENT.alert, new Uint8Array()),
  "application data": plain(CONTENT.applicationData, randomBytes(40)),
  "a change of the cipher": plain(CONTENT.changeCipherSpec, Uint8Array.of(1)),
  "a ClientHello": message(HANDSHAKE.clientHello, 0, randomBytes(60)),
  "a HelloRequest": message(0, 0, new Uint8Array()),
  "a HelloVerifyRequest": message(HANDSHAKE.helloVerifyRequest, 0, Uint8Array.of(254, 255, 1, 7)),
  "a ServerHelloDone": message(HANDSHAKE.serverHelloDone, 3, new Uint8Array()),
  "a Finished": message(HANDSHAKE.finished, 5),
  "a Finished of the time to come": message(HANDSHAKE.finished, 65_535),
  "protected garbage": plain(CONTENT.applicationData, randomBytes(60), 1),
  "a protected alert that is none": plain(CONTENT.alert, randomBytes(26), 1),
  "a protected record of one byte": plain(CONTENT.handshake, randomBytes(1), 1),
  "an epoch that never comes": plain(CONTENT.applicationData, randomBytes(60), 65_535),
  "a heartbeat": plain(24, Uint8Array.of(1, 0, 4, 1, 2, 3, 4)),
  "an ACK of DTLS 1.3": plain(26, Uint8Array.of(0, 0)),
  "a record of 16 KB": plain(CONTENT.handshake, randomBytes(16_384)),
  "a cut record": plain(CONTENT.handshake, randomBytes(30)).subarray(0, 20),
  "twenty bytes of 22": new Uint8Array(20).fill(22),
  "a fragment far too long": plain(
    CONTENT.handshake,
    concat(Uint8Array.of(1, 0, 0, 100, 0, 0, 0, 0, 0, 255, 255, 255), randomBytes(20)),
  ),
  "nothing": new Uint8Array(),
};

/** Whether both sides hear each other. */
async function assertTalking({ client, server }: { client: End; server: End }): Promise<void> {
  const at = [client, server].map(({ received }) => received.length);
  client.endpoint.send(Uint8Array.of(1));
  server.endpoint.send(Uint8Array.of(2));
  await arrived();
  const now = [client, server].map(({ received }) => received.length);
  assert.deepEqual(now, at.map((count) => count + 1));
  assert.deepEqual([client.ended, server.ended], [undefined, undefined]);
}

Deno.test("a stranger's datagram changes nothing on a session that is up, and is not answered", async () => {
  using both = session();
  await both.settled();
  await arrived();
  for (const [name, datagram] of Object.entries(STRANGE)) {
    for (const { endpoint, sent, received } of [both.client, both.server]) {
      const before = [sent.length, received.length];
      endpoint.receive(datagram);
      assert.deepEqual([sent.length, received.length], before, name);
    }
  }

  await assertTalking(both);
});

Deno.test("a stranger's datagrams before every step of a handshake do not keep it from ending well", async () => {
  const foreign = Object.entries(STRANGE).filter(([name]) => !/ClientHello|HelloV/.test(name));
  using both = session(() => {
    for (const [, datagram] of foreign) {
      both.client.endpoint.receive(datagram);
      both.server.endpoint.receive(datagram);
    }
    return [0];
  });

  await both.settled();

  await assertTalking(both);
});

Deno.test("what a stranger sends before the hello does not take the place of what follows it", async () => {
  const forged = [HANDSHAKE.certificate, HANDSHAKE.clientKeyExchange, HANDSHAKE.certificateVerify];
  using both = session();
  for (const [i, type] of forged.entries()) {
    both.server.endpoint.receive(message(type, 2 + i, new Uint8Array(9)));
  }

  await both.settled();

  await assertTalking(both);
});

Deno.test("no bytes make an endpoint throw, end or keep much, before a handshake or after it", async () => {
  using idle = session(() => []);
  using both = session();
  await both.settled();
  await arrived();
  const header = fc.record({
    type: fc.constantFrom(20, 21, 22, 23),
    epoch: fc.constantFrom(0, 0, 1, 2),
    sequence: fc.nat(9),
  });
  const fragment = fc.record({
    type: fc.constantFrom(1, 2, 3, 11, 20),
    sequence: fc.nat(6),
    body: fc.uint8Array({ maxLength: 300 }),
  }).map(writeMessage);
  const datagram = fc.array(
    fc.oneof(
      fc.tuple(header, fc.oneof(fragment, fc.uint8Array({ maxLength: 80 })))
        .map(([head, body]) => writeRecord(head, body)),
      fc.uint8Array({ maxLength: 30 }),
    ),
    { maxLength: 4 },
  ).map((parts) => concat(...parts));
  const ends = [both.client, both.server, idle.server];

  fc.assert(
    fc.property(datagram, (bytes) => {
      for (const { endpoint, ended } of ends) {
        endpoint.receive(bytes);
        assert.equal(ended, undefined);
      }
    }),
    { numRuns: 2000 },
  );
  await assertTalking(both);
});

Deno.test("a ClientHello is taken in any order of its parts, and any number of times", async () => {
  const orders = [[0, 1, 2], [2, 1, 0], [1, 0, 2, 1], [2, 2, 2, 0, 1], [0, 2, 1, 0, 2, 1]];
  for (const order of orders) {
    using both = session((datagram) => {
      const [record] = parseRecords(datagram);
      const [hello] = record ? parseFragments(record.body) : [];
      if (record?.epoch !== 0 || hello?.type !== HANDSHAKE.clientHello) return [0];
      const { type, sequence, bytes: body } = hello;
      const most = Math.ceil(body.length / 3);
      const parts = fragmentMessage({ type, sequence, body }, most).map((part, i) =>
        writeRecord({ ...record, sequence: record.sequence * 3 + i }, part)
      );
      for (const index of order) both.server.endpoint.receive(parts[index]!);
      return [];
    });

    await both.settled();

    await assertTalking(both);
  }
});

Deno.test("records of a datagram may come one by one, backwards and twice", async () => {
  using both = session((datagram) => {
    const sender = both.client.sent.includes(datagram) ? both.server : both.client;
    const records = parseRecords(datagram).map((record) => writeRecord(record, record.body));
    for (const record of [...records.reverse(), ...records]) sender.endpoint.receive(record);
    return [];
  });

  await both.settled();

  await assertTalking(both);
});

Deno.test("a record that comes again is not heard again", async () => {
  using both = session();
  await both.settled();
  both.client.endpoint.send(Uint8Array.of(1));
  await arrived();
  const record = both.client.sent.at(-1)!;

  for (let i = 0; i < 3; i++) both.server.endpoint.receive(record);

  assert.equal(both.server.received.length, 1);
  await assertTalking(both);
});

Deno.test("data that overtakes the end of the handshake is kept until then", async () => {
  const held: Uint8Array[] = [];
  using both = session((datagram) => {
    const [first] = parseRecords(datagram);
    const last = first?.type === CONTENT.changeCipherSpec;
    if (!last || held.length > 0) return [0];
    held.push(datagram);
    return [];
  });
  while (!both.server.established) await arrived(1);
  both.server.endpoint.send(Uint8Array.of(7));
  await arrived();
  assert.equal(both.client.received.length, 0);

  both.client.endpoint.receive(held[0]!);

  assert.deepEqual([...both.client.received[0] ?? []], [7]);
});

Deno.test("a lost last flight is sent again, and not for ever", async () => {
  let losses = 3;
  using both = session((datagram) => {
    const last = parseRecords(datagram)[0]?.type === CONTENT.changeCipherSpec;
    return last && losses-- > 0 ? [] : [0];
  });
  await both.settled();
  await assertTalking(both);
  const finished = both.client.sent.flatMap(parseRecords).find(({ type, epoch }) =>
    type === CONTENT.handshake && epoch === 1
  );
  const before = both.server.sent.length;

  for (let i = 0; i < 200; i++) {
    both.server.endpoint.receive(writeRecord(finished!, finished!.body));
    if (i % 20 === 0) await arrived(41);
  }

  const again = both.server.sent.length - before;
  assert.ok(again > 0 && again <= 11, `${again}`);
});

Deno.test("a farewell that is authentic ends a session, other warnings do not", async () => {
  for (
    const [alert, end] of [
      [[1, 0], { left: true }],
      [[2, 0], { left: true }],
      [[2, 40], { left: false, reason: "an alert of the other side" }],
      [[1, 90], undefined],
      [[1, 255], undefined],
      [[7], undefined],
      [[], undefined],
    ] as const
  ) {
    let sayGoodbye = (): Uint8Array => new Uint8Array();
    using both = pair(
      (link) =>
        clientHandshake({
          ...link,
          // The only way to its protection.
          protect: (protection) => {
            sayGoodbye = () => protection.seal(CONTENT.alert, Uint8Array.from(alert));
            link.protect(protection);
          },
        }, settingsOf(theirs, ours)),
      (link) => serverHandshake(link, settingsOf(ours, theirs)),
    );
    await both.settled();

    // Its number is one that data of the client has not had yet.
    both.server.endpoint.receive(sayGoodbye());

    assert.deepEqual(both.server.ended, end);
  }
});

Deno.test("a flood of fragments and hellos is neither kept nor answered beyond a rate", () => {
  using both = session(() => []);
  const { endpoint, sent } = both.server;
  const hello = parseRecords(both.client.sent[0]!)[0]!;
  const flood = Array.from({ length: 30_000 }, (_, i) => {
    if (i % 3 === 0) return writeRecord({ ...hello, sequence: i }, hello.body);
    const head = concat(uint(1, 1), uint(3, 11_000 - i % 5), uint(2, i % 7), uint(3, i % 9000));
    return writeRecord({ ...hello, sequence: i }, concat(head, uint(3, 80), randomBytes(80)));
  });
  const before = Deno.memoryUsage().heapUsed;
  const start = performance.now();

  for (const datagram of flood) endpoint.receive(datagram);

  const seconds = (performance.now() - start) / 1000;
  assert.ok(seconds < 5, `${seconds} s for what takes ${30_000 * 8 * 105 / 1_400_000} s to arrive`);
  assert.ok(sent.length <= 20 * Math.ceil(seconds + 1), `${sent.length} answers`);
  const bytes = sent.reduce((sum, { length }) => sum + length, 0);
  assert.ok(bytes < 30_000, "less than what came");
  assert.ok(Deno.memoryUsage().heapUsed - before < 50_000_000);
});

Deno.test("a closed endpoint sends nothing more, and hears nothing", async () => {
  const both = session(() => []);
  both.client.endpoint.close();
  const before = both.client.sent.length;

  both.client.endpoint.receive(
    message(HANDSHAKE.helloVerifyRequest, 0, Uint8Array.of(254, 255, 0)),
  );
  both.client.endpoint.start();
  both.client.endpoint.send(Uint8Array.of(1));
  await arrived(250); // longer than until the first repetition

  assert.equal(both.client.sent.length, before);
  both[Symbol.dispose]();
});
