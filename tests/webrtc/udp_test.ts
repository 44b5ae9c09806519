import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import * as werift from "werift";
import { repairUdp } from "../../src/ways/webrtc/udp.ts";

/** A range of ports that is free at the moment. */
async function freeRange(count: number): Promise<[number, number]> {
  const socket = await werift.UdpTransport.init("udp4");
  const first = Math.min(socket.port, 65_535 - count);
  await socket.close();
  return [first + 1, first + count];
}

Deno.test("sockets that are opened together share no port of a small range", async () => {
  repairUdp(werift);
  const portRange = await freeRange(20);

  const sockets = await Promise.all(
    Array.from({ length: 10 }, () => werift.UdpTransport.init("udp4", { portRange })),
  );

  const ports = sockets.map(({ port }) => port);
  await Promise.all(sockets.map((socket) => socket.close()));
  assert.equal(new Set(ports).size, 10);
  assert.ok(ports.every((port) => port >= portRange[0] && port <= portRange[1]));
});

Deno.test("a burst of packets arrives whole, and costs little memory", async () => {
  repairUdp(werift);
  const [sender, receiver] = await Promise.all(
    [0, 1].map(() =>
      werift.UdpTransport.init("udp4", { interfaceAddresses: { udp4: "127.0.0.1" } })
    ),
  );
  const sizes: number[] = [];
  let backing = 0;
  const arrived = new Promise<void>((resolve) => {
    const late = setTimeout(resolve, 2000);
    receiver!.onData = (data) => {
      sizes.push(data.length);
      backing = data.buffer.byteLength;
      if (sizes.length < 60) return;
      clearTimeout(late);
      resolve();
    };
  });

  for (let i = 0; i < 60; i++) {
    await sender!.send(Buffer.alloc(1300 - i), ["127.0.0.1", receiver!.port]);
  }
  await arrived;

  // Deno sends what is first sent on a socket in reverse; that is not at stake here.
  assert.deepEqual(sizes.toSorted(), Array.from({ length: 60 }, (_, i) => 1241 + i));
  assert.ok(backing <= 8192, `${backing} bytes`);
  await Promise.all([sender!.close(), receiver!.close()]);
});

Deno.test("a range that is used up is an error, not the end of the process", async () => {
  repairUdp(werift);
  const portRange = await freeRange(2);
  const taken = await Promise.all(
    [0, 1].map(() => werift.UdpTransport.init("udp4", { portRange })),
  );

  await assert.rejects(werift.UdpTransport.init("udp4", { portRange }));

  await Promise.all(taken.map((socket) => socket.close()));
});
