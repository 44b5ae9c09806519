/**
 * The port itself: when it is open, and what becomes of one that cannot be had.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createSocket, type Socket } from "node:dgram";
import { networkInterfaces } from "node:os";
import type { Transport } from "werift";
import { weriftPeers } from "../../../src/ways/webrtc/werift.ts";
import { writeStun } from "../../../src/ways/webrtc/guard/stun.ts";
import {
  createSharedPort,
  type SharedPort,
} from "../../../src/ways/webrtc/shared_port/shared_port.ts";
import type { Family } from "../../../src/ways/webrtc/shared_port/sockets.ts";
import { createUnheard } from "../../../src/ways/webrtc/shared_port/unheard.ts";
import { warnings } from "../../support/warnings.ts";
import { createClient, delay } from "../client.ts";

async function bound(port = 0, family: Family = 4): Promise<Socket & AsyncDisposable> {
  const socket = createSocket({ type: family === 4 ? "udp4" : "udp6", ipv6Only: family === 6 });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, resolve);
  });
  const close = () => new Promise<void>((done) => socket.close(() => done()));
  return Object.assign(socket, { [Symbol.asyncDispose]: close });
}

const isFree = (port: number) =>
  bound(port).then((socket) => socket[Symbol.asyncDispose]().then(() => true), () => false);

/** A session's part of a UDP port. */
async function joined(port: SharedPort) {
  const { udp, leave } = await port.join();
  assert.ok(udp);
  return { ...udp, leave };
}

/** The next datagram that comes to a session. */
function next(transport: Transport): Promise<readonly [string, unknown]> {
  return new Promise((resolve) => {
    transport.onData = (bytes, from) => resolve([bytes.toString(), from]);
  });
}

Deno.test("the port is open while a session uses it or somebody holds it, and no longer", async () => {
  const port = createSharedPort({ udp: [0, 0] });
  const [one, another] = await Promise.all([joined(port), joined(port)]);
  const number = one.port;
  assert.equal(another.port, number);

  await one.leave();
  await one.leave();
  assert.equal(await isFree(number), false);
  await port.hold();
  await another.leave();
  assert.equal(await isFree(number), false);
  await port[Symbol.asyncDispose]();

  assert.equal(await isFree(number), true);
  await (await joined(port)).leave();
});

Deno.test("each family has its socket on the same number, and a session its own part", async () => {
  await using port = createSharedPort({ udp: [0, 0] });
  const [one, another] = [await joined(port), await joined(port)];
  assert.deepEqual(one.families, [4, 6]);
  const hosts: [Family, string][] = [[4, "127.0.0.1"], [6, "::1"]];
  for (const [family, host] of hosts) {
    await using client = await bound(0, family);
    const from = client.address().port;
    const [mine, others] = [one.transport(family), another.transport(family)];
    mine.claim(host, from, true);
    const came: Promise<unknown> = Promise.race([
      next(mine),
      next(others).then(() => "to the other session"),
    ]);
    client.send("x", one.port, host);

    assert.deepEqual(await came, ["x", [host, from]]);
    const answered = new Promise((resolve) => client.once("message", resolve));
    await mine.send(Buffer.from("y"), [host, from]);
    assert.equal(String(await answered), "y");
  }
  await Promise.all([one.leave(), another.leave()]);
});

Deno.test("what cannot be sent, such as to port 0, takes no place from what can", async () => {
  await using port = createSharedPort({ udp: [0, 0] });
  const session = await joined(port);
  const transport = session.transport(4);
  await using client = await bound();

  for (let i = 0; i < 5000; i++) {
    assert.throws(() => transport.send(Buffer.from("x"), ["127.0.0.1", 0]));
  }
  const heard = new Promise((resolve) => client.once("message", resolve));
  await transport.send(Buffer.from("y"), ["127.0.0.1", client.address().port]);

  assert.equal(String(await heard), "y");
  await session.leave();
});

Deno.test("a port that is taken is an error where it has to be that one, and is tried again", async () => {
  const taken = await bound();
  const { port: number } = taken.address();
  await using port = createSharedPort({ udp: [number, number] });
  const client = await createClient();
  const offer = await client.offer();

  await assert.rejects(port.hold(), { code: "no_udp_port", message: /UDP port \d+ is in use/ });
  await assert.rejects(weriftPeers({ sharedPort: port }).answer("a", offer), {
    code: "no_udp_port",
  });
  await taken[Symbol.asyncDispose]();
  await port.hold();

  assert.equal(await isFree(number), false);
  await client.close();
});

Deno.test("of several ports each process takes the first that is free", async () => {
  const first = 20_000 + Math.floor(Math.random() * 10_000);
  await using taken = await bound(first);
  await using port = createSharedPort({ udp: [first, first + 20] });
  await using next = createSharedPort({ udp: [first, first + 20] });
  await using none = createSharedPort({ udp: [first, first] });

  const [one, another] = [await joined(port), await joined(next)];
  assert.ok(one.port > taken.address().port && one.port < another.port);
  await assert.rejects(none.hold(), { code: "no_udp_port" });

  await Promise.all([one.leave(), another.leave()]);
});

Deno.test("where another would do, each call has its own, and that is said once", async () => {
  await using taken = await bound();
  const { port: number } = taken.address();
  await using port = createSharedPort({ udp: [number, number], optional: true });
  const said = await warnings(async () => {
    await port.hold();
    for (const { udp, leave } of [await port.join(), await port.join()]) {
      assert.equal(udp, undefined);
      await leave();
    }
  });

  assert.deepEqual(said, [
    `Each call takes its own UDP port: UDP port ${number} is in use.`,
  ]);
});

Deno.test("few packets go to neighbours that nothing was heard of, and as many as one likes elsewhere", () => {
  const neighbour = Object.values(networkInterfaces()).flat()
    .find((each) => each?.family === "IPv4" && !each.internal)?.address;
  let now = 0;
  const unheard = createUnheard(() => now);
  const count = (host: string) =>
    Array.from({ length: 500 }, () => unheard.admits(host)).filter(Boolean).length;

  assert.equal(count("203.0.113.7"), 500);
  assert.equal(count("127.0.0.1"), 500);
  assert.equal(count("2001:db8::7"), 500);
  if (!neighbour) return; // a machine on no network has no neighbours
  assert.equal(count(neighbour), 64);
  assert.equal(count(neighbour), 0);
  now = 3001; // when the kernel has given up asking
  assert.equal(count(neighbour), 64);
});

Deno.test("a client that names many neighbours that are off does not silence the other calls", async () => {
  const own = Object.values(networkInterfaces()).flat()
    .find((each) => each?.family === "IPv4" && !each.internal);
  await using port = createSharedPort({ udp: [0, 0] });
  const [bad, good] = [await joined(port), await joined(port)];
  await using client = await bound();
  const from = client.address().port;
  const heardOf = good.transport(4);
  heardOf.claim("127.0.0.1", from, true);
  const check = Buffer.from(
    writeStun({ kind: "request", transactionId: new Uint8Array(12), attributes: [] }, "p"),
  );
  const network = own?.address.split(".").slice(0, 3).join(".") ?? "192.0.2";

  const transport = bad.transport(4);
  for (let i = 0; i < 600; i++) await transport.send(check, [`${network}.${200 + i % 50}`, 9]);
  await delay(50); // Deno sends what is first sent on a socket in reverse
  const began = performance.now();
  const heard = new Promise((resolve) => client.once("message", resolve));
  await heardOf.send(Buffer.from("x"), ["127.0.0.1", from]);
  await heard;
  const ms = performance.now() - began;

  assert.ok(ms < 1000, `${ms} ms`);
  await Promise.all([bad.leave(), good.leave()]);
});
