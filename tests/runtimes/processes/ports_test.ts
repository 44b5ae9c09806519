import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { checkShares, freePort, shareOf } from "../../../src/runtimes/processes/ports.ts";

const udp = async (shared: Parameters<typeof shareOf>[0], index: number) => {
  const { ownPort, ...rest } = await shareOf(shared, index);
  assert.ok(ownPort > 1023);
  return rest;
};

Deno.test("a range of UDP ports is cut into equal parts, and one port becomes as many in a row", async () => {
  const range = { count: 3, port: 1, udpPorts: [50_000, 50_010] } as const;

  assert.deepEqual(await udp(range, 0), { udpPorts: [50_000, 50_002] });
  assert.deepEqual(await udp(range, 2), { udpPorts: [50_006, 50_008] });
  assert.deepEqual(await udp({ count: 2, port: 1, udpPort: 4000 }, 1), { udpPort: 4001 });
  assert.deepEqual(await udp({ count: 2, port: 1, udpPort: [4000, 4009], tcpPort: 5000 }, 1), {
    udpPort: [4000, 4009],
    tcpPort: 5001,
  });
  assert.deepEqual(await udp({ count: 2, port: 1, udpPort: 0 }, 1), { udpPort: 0 });
  assert.deepEqual(await udp({ count: 2, port: 1, udpPort: false }, 1), { udpPort: false });
});

Deno.test("by default each process has the UDP port after the last one's, where it is free", async () => {
  const socket = createSocket("udp4").bind(0);
  await once(socket, "listening");
  const taken = socket.address().port;
  const shared = { count: 2, port: taken - 1 };

  const [first, second] = [await udp(shared, 0), await udp(shared, 1)];
  await new Promise<void>((resolve) => socket.close(resolve));
  const free = await udp(shared, 1);

  assert.deepEqual([first, second, free], [{}, {}, { udpPort: taken }]);
});

Deno.test("fewer ports than processes are refused", () => {
  checkShares({ count: 2, port: 1, udpPorts: [50_000, 50_001] });
  assert.throws(
    () => checkShares({ count: 3, port: 1, udpPorts: [50_000, 50_001] }),
    /3 processes need at least 3 UDP ports/,
  );
  assert.throws(
    () => checkShares({ count: 3, port: 1, udpPort: [50_000, 50_001] }),
    /3 processes need at least 3 UDP ports/,
  );
  assert.throws(() => checkShares({ count: 3, port: 1, udpPort: 65_534 }), /in a row/);
});

Deno.test("a port that somebody listens on is not free", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { readonly port: number };

  await assert.rejects(freePort("127.0.0.1", port), { code: "EADDRINUSE" });
  await new Promise((resolve) => server.close(resolve));
  assert.equal(await freePort("127.0.0.1", port), port);
});
