/**
 * Who may be on the TCP port of all calls, and for how long.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import { createFrameReader, frameOf } from "../../../src/ways/webrtc/shared_port/frames.ts";
import {
  openTcp,
  type TcpPort,
  type TcpSession,
} from "../../../src/ways/webrtc/shared_port/tcp.ts";
import { until } from "../call.ts";

/** A session that is found by the text of a first datagram. */
interface TestSession extends TcpSession {
  readonly came: string[];
}

function testSession(): TestSession {
  const came: string[] = [];
  return { came, receiveTcp: (_family, bytes) => void came.push(String(bytes)) };
}

interface TestClient extends Disposable {
  readonly socket: Socket;
  readonly came: string[];
  readonly port: number;
  readonly isOpen: boolean;
  say(text: string): void;
}

async function client(port: number, localAddress = "127.0.0.1"): Promise<TestClient> {
  const socket = connect({ port, host: "127.0.0.1", localAddress });
  const came: string[] = [];
  let isOpen = true;
  const reader = createFrameReader((bytes) => void came.push(String(bytes)));
  socket.on("data", (bytes) => void reader.take(bytes));
  socket.on("error", () => {});
  socket.on("close", () => isOpen = false);
  await new Promise((resolve) => socket.once("connect", resolve));
  return {
    socket,
    came,
    port: socket.localPort ?? 0,
    get isOpen() {
      return isOpen;
    },
    say: (text) => void socket.write(frameOf(Buffer.from(text))),
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

async function opened(
  sessions: Readonly<Record<string, TestSession>>,
  claimMs?: number,
): Promise<TcpPort<TestSession> & AsyncDisposable> {
  const port = await openTcp(0, (bytes) => sessions[String(bytes)], claimMs);
  return Object.assign(port, { [Symbol.asyncDispose]: () => port.close() });
}

Deno.test("a connection is of the session that its first datagram names, both ways", async () => {
  const [one, another] = [testSession(), testSession()];
  await using tcp = await opened({ one, another });
  using first = await client(tcp.port);
  using second = await client(tcp.port);

  first.say("one");
  first.say("another");
  second.say("another");
  await until(() => one.came.length === 2 && another.came.length === 1);
  tcp.send(one, Buffer.from("to one"), "127.0.0.1", first.port);
  tcp.send(another, Buffer.from("not yours"), "127.0.0.1", first.port);
  tcp.send(another, Buffer.from("to another"), "127.0.0.1", second.port);
  await until(() => first.came.length > 0 && second.came.length > 0);

  assert.deepEqual([one.came, another.came], [["one", "another"], ["another"]]);
  assert.deepEqual([first.came, second.came], [["to one"], ["to another"]]);
  tcp.leave(one);
  await until(() => !first.isOpen);
  assert.ok(second.isOpen);
});

Deno.test("what names no session is closed at once, and what is no frame of a call too", async () => {
  await using tcp = await opened({});
  using unknown = await client(tcp.port);
  using web = await client(tcp.port);

  unknown.say("nobody");
  web.socket.write("GET / HTTP/1.1\r\n\r\n");

  await until(() => !unknown.isOpen && !web.isOpen);
});

Deno.test("a connection has to be claimed in time", async () => {
  const one = testSession();
  await using tcp = await opened({ one }, 300);
  using silent = await client(tcp.port);
  using unproved = await client(tcp.port);
  using claimed = await client(tcp.port);
  unproved.say("one");
  claimed.say("one");
  await until(() => one.came.length === 2);
  tcp.claim(one, "127.0.0.1", claimed.port);

  await until(() => !silent.isOpen && !unproved.isOpen);
  claimed.say("still here");
  await until(() => one.came.length === 3);
});

Deno.test("strangers have few places, and the one that has been there longest makes room", async () => {
  const one = testSession();
  await using tcp = await opened({ one });
  using claimed = await client(tcp.port);
  claimed.say("one");
  await until(() => one.came.length === 1);
  tcp.claim(one, "127.0.0.1", claimed.port);
  const strangers: TestClient[] = [];
  for (let i = 0; i < 65; i++) strangers.push(await client(tcp.port));

  await until(() => !strangers[0]!.isOpen);
  strangers.at(-1)!.say("one");
  await until(() => one.came.length === 2);

  assert.equal(strangers.filter(({ isOpen }) => isOpen).length, 64);
  assert.ok(claimed.isOpen);
  for (const stranger of strangers) stranger[Symbol.dispose]();
});

Deno.test("whoever connects most makes room, and keeps nobody out who takes his time", async () => {
  const one = testSession();
  await using tcp = await opened({ one });
  using slow = await client(tcp.port, "127.0.0.2");
  const flood: TestClient[] = [];
  for (let i = 0; i < 150; i++) flood.push(await client(tcp.port));

  slow.say("one");
  await until(() => one.came.length === 1);

  assert.ok(slow.isOpen);
  for (const each of flood) each[Symbol.dispose]();
});

Deno.test("a session has few connections", async () => {
  const one = testSession();
  await using tcp = await opened({ one });
  const clients: TestClient[] = [];
  for (let i = 0; i < 9; i++) {
    const next = await client(tcp.port);
    clients.push(next);
    next.say("one");
    await until(() => one.came.length === i + 1 || !next.isOpen);
  }

  assert.deepEqual(clients.map(({ isOpen }) => isOpen), [...Array(8).fill(true), false]);
  for (const each of clients) each[Symbol.dispose]();
});
