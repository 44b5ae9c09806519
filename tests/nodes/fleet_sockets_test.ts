/**
 * WebSockets that come to a process which does not have, or cannot take, their session: with real
 * servers, since only those have a socket to pass on.
 */
import assert from "node:assert/strict";
import { Hono } from "hono";
import type { AppEnv } from "../../src/http/env.ts";
import { serve } from "../../src/runtimes/deno.ts";
import type { RunnerServer, ServeOptions } from "../../src/runtimes/deno.ts";
import { call } from "../../src/testing/mod.ts";
import { fakePeers } from "../support/fake_peers.ts";
import { eventually } from "../support/fleet.ts";
import { servedFleet } from "../support/served_fleet.ts";

/** Says back what it hears below a session, and which process it is. */
function echo(name: string): Hono<AppEnv> {
  return new Hono<AppEnv>().get("/echo", (c) => {
    const { platform, session } = c.env;
    if (!platform) throw new Error("There is no host");
    const { socket, response } = platform.upgrade(c.req.raw);
    socket.send(`${name} ${session?.id} ${c.req.query("q")} ${c.req.header("authorization")}`);
    socket.receive((message) => {
      if (message === "go") socket.close({ closeCode: 4001, reason: "as you wish" });
      else socket.send(message);
    });
    return response;
  });
}

const serving = (count: number, options: ServeOptions = {}) =>
  servedFleet(count, (number) => ({ app: echo(`process ${number}`), ...options }));

async function open(url: string, protocols: string[] = []) {
  const socket = new WebSocket(url, protocols);
  const messages: unknown[] = [];
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => void messages.push(data);
  const closed = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error("The WebSocket was refused"));
  });
  return { socket, messages, closed };
}

async function started(server: RunnerServer): Promise<URL> {
  const response = await fetch(`${server.url}/start`, {
    method: "POST",
    body: '{"transport":"websocket"}',
  });
  return new URL((await response.json()).wsUrl);
}

function at(server: RunnerServer, path: string): string {
  return `${server.url.replace("http", "ws")}${path}`;
}

Deno.test("a WebSocket below a session reaches the process that runs it", async () => {
  await using fleet = await serving(2);
  const [one, two] = fleet.servers;
  assert.ok(one && two);
  const url = await started(one);
  const id = url.pathname.split("/").at(-1);
  const talk = await open(at(two, url.pathname)); // where the session runs from now on
  await eventually(() => fleet.sizes() === "0,1");

  const [here, there] = await Promise.all([
    open(at(two, `/sessions/${id}/echo?q=1`)),
    open(at(one, `/sessions/${id}/echo?q=2`), ["chat"]),
  ]);
  there.socket.send("hello");
  there.socket.send(new Uint8Array([1, 2, 3]));
  await eventually(() => there.messages.length === 3);

  assert.deepEqual(here.messages, [`process 2 ${id} 1 undefined`]);
  const [greeting, text, bytes] = there.messages;
  assert.deepEqual([greeting, text], [`process 2 ${id} 2 undefined`, "hello"]);
  assert.deepEqual(new Uint8Array(bytes as ArrayBuffer), new Uint8Array([1, 2, 3]));
  assert.equal(there.socket.protocol, "chat");
  there.socket.send("go");
  const { code, reason } = await there.closed;
  assert.deepEqual([code, reason], [4001, "as you wish"]);
  here.socket.close();
  talk.socket.close();
  await Promise.all([here.closed, talk.closed]);
});

Deno.test("the stream of a call that a full process has no room for is taken on", async () => {
  const limits = { maxSessions: 1, maxLoopLagMs: false } as const;
  await using fleet = await serving(2, { limits, insecureCarriers: true });
  const [one, two] = fleet.servers;
  assert.ok(one && two);

  await using first = await call(one.url, { carrier: "twilio" });
  await eventually(() => fleet.sizes() === "1,0");
  await using second = await call(one.url, { carrier: "twilio" }); // webhook and stream come to it too
  await eventually(() => fleet.sizes() === "1,1");
  await assert.rejects(call(one.url, { carrier: "twilio" }), { code: "call_refused" });

  let drained = false;
  const drain = one.drain({ deadlineMs: 10_000 }).then(() => drained = true);
  await first.hangUp();
  await eventually(() => fleet.sizes() === "0,1");
  assert.equal(drained, false, "the second call goes through it");
  await second.hangUp();
  await drain;
});

Deno.test("a WebSocket to a session whose process is gone is refused", async () => {
  await using fleet = await serving(2);
  const [one, two] = fleet.servers;
  assert.ok(one && two);
  const url = await started(one);
  const id = url.pathname.split("/").at(-1);
  await one.close();

  const response = await fetch(`${two.url}/sessions/${id}/echo`);
  await response.body?.cancel();

  assert.equal(response.status, 410);
  await assert.rejects(open(at(two, `/sessions/${id}/echo`)));
});

Deno.test("a WebSocket below a session of a media node goes through the runner in front, whose drain waits for it", async () => {
  const shared = {
    hostname: "127.0.0.1",
    port: 0,
    environment: {},
    secret: "a secret that the two share",
  };
  const webrtc = fakePeers();
  await using node = await serve(() => {}, { ...shared, webrtc, app: echo("the node") });
  await using front = await serve(() => {}, { ...shared, webrtc: false, mediaNodes: [node.url] });
  const started = await fetch(`${front.url}/start`, { method: "POST", body: "{}" });
  const { sessionId } = await started.json();

  const there = await open(at(front, `/sessions/${sessionId}/echo?q=1`), ["chat"]);
  there.socket.send("hello");
  await eventually(() => there.messages.length === 2);
  let drained = false;
  const drain = front.drain({ deadlineMs: 10_000 }).then(() => drained = true);

  assert.deepEqual(there.messages, [`the node ${sessionId} 1 undefined`, "hello"]);
  assert.equal(there.socket.protocol, "chat");
  await assert.rejects(open(at(front, `/sessions/${sessionId.slice(0, -1)}x/echo`)));
  assert.equal(drained, false);
  there.socket.send("go");
  const { code, reason } = await there.closed;
  await drain;
  assert.deepEqual([code, reason], [4001, "as you wish"]);
});
