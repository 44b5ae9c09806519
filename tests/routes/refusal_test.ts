/**
 * How a runner that takes no more says so: to programs with a status, to callers in words.
 */
import assert from "node:assert/strict";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import { CARRIER_NAMES } from "../../src/core/transport_names.ts";
import type { Limits } from "../../src/sessions/limits.ts";
import { composeRunner, type RunnerOptions } from "../../src/runner.ts";
import type { RtviServerMessage } from "../../src/rtvi/protocol.ts";
import { hostComposition } from "../../src/host_composition.ts";
import { decodeFrame } from "../../src/serializers/protobuf.ts";
import { memoryPlatform } from "../../src/testing/memory_platform.ts";
import { call } from "../../src/testing/mod.ts";
import type { Kit } from "../../src/ways/way.ts";
import { dailyServer } from "../support/daily_server.ts";
import { fakePeers } from "../support/fake_peers.ts";

const HOST = hostComposition();
const ORIGIN = "https://bot.test";
const OFFER = { sdp: "v=0 offer", type: "offer" };

/** A runner whose sessions last until they are ended, on a host that tells an address. */
function serving(limits: Limits, options: RunnerOptions = {}) {
  const webrtc = fakePeers();
  let begun = 0;
  let kit: Kit | undefined;
  const look = (given: Kit) => void (kit = given);
  const runner = composeRunner({ ...HOST, ways: [...HOST.ways, look] }, async ({ signal }) => {
    begun++;
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  }, { webrtc, limits, ...options });
  const memory = memoryPlatform();
  let upgraded = 0;
  const host = {
    ...memory,
    address: "203.0.113.1",
    upgrade(request: Request) {
      upgraded++;
      return memory.upgrade(request);
    },
    remoteAddress: (): string => host.address,
  };
  const ask = async (method: string, path: string, body?: unknown) => {
    const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const response = await runner.fetch(new Request(ORIGIN + path, init), host);
    const text = await response.text();
    const answer = text.startsWith("{") ? JSON.parse(text) : {};
    const retryAfter = response.headers.get("retry-after");
    const sessionId = response.headers.get("x-session-id") ?? "";
    return { status: response.status, code: answer.code, retryAfter, sessionId, answer, text };
  };
  return {
    runner,
    /** Gives up the place of a session that has not begun. */
    dismiss: (id: string) => kit?.sessions.dismiss(id),
    peers: webrtc.peers,
    host,
    ask,
    connect: (path: string) => host.connect(runner, ORIGIN + path),
    begun: () => begun,
    upgraded: () => upgraded,
    async [Symbol.asyncDispose]() {
      await runner.close();
      await memory.settled();
    },
  };
}

Deno.test("a full runner makes nothing for anybody, and says when to come again", async () => {
  await using daily = dailyServer();
  const environment = daily.environment;
  await using server = serving({ maxSessions: 1 }, { environment, daily: { dialin: true } });
  await server.connect("/ws-client");
  const dialin = { From: "+1", To: "+2", callId: "c1", callDomain: "d1" };

  const refused = [
    await server.ask("POST", "/start", {}),
    await server.ask("POST", "/start", { transport: "daily" }),
    await server.ask("POST", "/start", { transport: "twilio" }),
    await server.ask("POST", "/api/offer", OFFER),
    await server.ask("GET", "/daily"),
    await server.ask("POST", "/daily-dialin-webhook", dialin),
  ];
  await assert.rejects(server.connect("/ws-client"), { status: 503 });
  await assert.rejects(server.connect("/ws"), { status: 503 });

  for (const { status, code, retryAfter } of refused) {
    assert.deepEqual([status, code, retryAfter], [503, "full", "5"]);
  }
  assert.deepEqual(
    [server.begun(), server.upgraded(), server.peers.length, daily.rooms.size],
    [1, 1, 0, 0],
  );
});

for (const carrier of CARRIER_NAMES) {
  // Where a stream begins the call, nobody asks what to do with it.
  const asks = CARRIERS[carrier].webhook ? 1 : 0;
  Deno.test(`a caller of ${carrier} is turned away before onCall, and let in once there is room`, async () => {
    let asked = 0;
    await using server = serving({ maxSessions: 1 }, { onCall: () => void asked++ });
    const socket = await server.connect("/ws-client");

    await assert.rejects(call(server.runner, { carrier }), {
      code: /^(call|webhook|stream)_refused$/,
    });
    const before = asked;
    socket.close();
    await server.host.settled();
    const caller = await call(server.runner, { carrier });
    await caller.hangUp();

    assert.deepEqual([before, asked], [0, asks]);
  });
}

Deno.test("a caller hears why, where the carrier can say it", async () => {
  await using server = serving({ maxSessions: 1 });
  await server.connect("/ws-client");

  const { status, text } = await server.ask("GET", "/twilio?CallSid=CA1&From=%2B1&To=%2B2");

  assert.equal(status, 200);
  assert.match(
    text,
    /<Say>All lines are busy\. Please call again in a moment\.<\/Say><Hangup>/,
  );
});

Deno.test("a call that onCall turns away takes no place", async () => {
  await using server = serving({ maxSessions: 1 }, { onCall: () => ({ reject: "Closed." }) });

  await assert.rejects(call(server.runner, { carrier: "twilio" }), { code: "call_refused" });

  assert.equal(server.runner.sessions.load.promised, 0);
});

Deno.test("what fails, and what is no WebSocket, gives its place back", async () => {
  await using server = serving({ maxSessions: 1 });

  const bad = await server.ask("POST", "/api/offer", { ...OFFER, sdp: "nonsense" });
  const noKey = { connection: "Upgrade", upgrade: "websocket" };
  for (const path of ["/ws", "/ws-client"]) {
    const request = new Request(ORIGIN + path, { headers: noKey });
    assert.equal((await server.runner.fetch(request, server.host)).status, 426);
  }

  assert.equal(bad.status, 400);
  assert.equal(server.runner.sessions.load.promised, 0);
});

Deno.test("a stream that never says what it is gives its place back", async () => {
  await using server = serving({ maxSessions: 1 });
  const socket = await server.connect("/ws");
  const during = server.runner.sessions.load.promised;

  socket.close();
  await server.host.settled();

  assert.deepEqual([during, server.runner.sessions.load.promised], [1, 0]);
});

Deno.test("of two starts at the limit one gets in, and its client is served", async () => {
  await using server = serving({ maxSessions: 1 });

  const starts = await Promise.all([
    server.ask("POST", "/start", {}),
    server.ask("POST", "/start", {}),
  ]);
  const winner = starts.find(({ status }) => status === 200);
  const offer = await server.ask(
    "POST",
    `/sessions/${winner?.answer.sessionId}/api/offer`,
    OFFER,
  );

  assert.deepEqual(starts.map(({ status }) => status).sort(), [200, 503]);
  assert.equal(offer.status, 200);
});

Deno.test("during a drain those who were promised a session are served, and new ones refused", async () => {
  await using server = serving({});
  const websocket = await server.ask("POST", "/start", { transport: "websocket" });
  const webrtc = await server.ask("POST", "/start", {});
  const webhook = await server.ask("POST", "/twilio?CallSid=CA1&From=%2B1&To=%2B2");
  const live = await server.ask("POST", "/api/offer", OFFER);

  const drained = server.runner.drain({ deadlineMs: 60_000 });
  const refused = [
    await server.ask("POST", "/start", {}),
    await server.ask("POST", "/api/offer", OFFER),
  ];
  await assert.rejects(server.connect("/ws-client"), { status: 503 });
  const client = await server.connect(new URL(websocket.answer.wsUrl).pathname);
  const offered = await server.ask(
    "POST",
    `/sessions/${webrtc.answer.sessionId}/api/offer`,
    OFFER,
  );
  const stream = await server.connect(/\/ws\/[0-9a-f]+/.exec(webhook.text)?.[0] ?? "");
  stream.send(JSON.stringify({ event: "start", start: { streamSid: "MZ1", callSid: "CA1" } }));
  const again = await server.ask("POST", "/api/offer", { ...OFFER, pc_id: live.answer.pc_id });
  const patched = await server.ask("PATCH", "/api/offer", {
    pc_id: live.answer.pc_id,
    candidates: [],
  });
  const late = await server.ask("GET", "/twilio?CallSid=CA2&From=%2B1&To=%2B2");
  while (server.begun() < 4) await new Promise((resolve) => setTimeout(resolve, 1));
  for (const socket of [client, stream]) socket.close();
  for (const peer of server.peers) peer.close();
  await drained;

  for (const { status, code, retryAfter } of refused) {
    assert.deepEqual([status, code, retryAfter], [503, "draining", "5"]);
  }
  assert.deepEqual([offered.status, again.status, patched.status], [200, 200, 200]);
  assert.match(late.text, /<Say>/);
});

Deno.test("a token is not used up by a client that is refused", async () => {
  await using server = serving({ maxSessions: 1 }, { wsAuth: "token" });
  const { answer, sessionId } = await server.ask("POST", "/start", { transport: "websocket" });
  server.dismiss(sessionId); // as if its place had been given up
  const path = `/ws-client?token=${answer.token}`;
  const other = await server.ask("POST", "/start", { transport: "websocket" });

  await assert.rejects(server.connect(path), { status: 503 });
  server.dismiss(other.sessionId);
  const socket = await server.connect(path);
  socket.close();
});

Deno.test("a client that starts too often waits; another address, or number, does not", async () => {
  await using server = serving({ startsPerMinute: 2 });
  const start = () => server.ask("POST", "/start", {});
  let call = 0;
  const ring = (from: string) =>
    server.ask("GET", `/twilio?CallSid=CA${call++}&From=${encodeURIComponent(from)}&To=%2B2`);

  const starts = [await start(), await start(), await start()];
  server.host.address = "203.0.113.2";
  const other = await start();
  const calls = [await ring("+1"), await ring("+1"), await ring("+1"), await ring("+3")];

  assert.deepEqual(starts.map(({ status }) => status), [200, 200, 429]);
  assert.deepEqual([starts[2]?.code, starts[2]?.retryAfter], ["too_many_starts", "30"]);
  assert.equal(other.status, 200);
  assert.deepEqual(calls.map(({ text }) => /<Say>/.test(text)), [false, false, true, false]);
});

Deno.test("a client over RTVI is told that the time is up", async () => {
  await using server = serving({ maxDurationMs: 100 });
  const socket = await server.connect("/ws-client");

  const { value } = await socket.readable.getReader().read();
  const { closeCode } = await socket.closed;

  assert.ok(value instanceof Uint8Array);
  const frame = decodeFrame(value);
  assert.ok(frame.type === "message");
  const { type, data } = frame.data as RtviServerMessage;
  const error = "The session has reached its limit of 0.1 s.";
  assert.deepEqual([type, data], ["error", { error, message: error, fatal: true }]);
  assert.equal(closeCode, 1001);
});

Deno.test("a silent stream of a phone is hung up", async () => {
  await using server = serving({ maxIdleMs: 200 });
  const socket = await server.connect("/ws");
  const start = { streamSid: "MZ1", callSid: "CA1" };
  socket.send(JSON.stringify({ event: "start", start }));

  const { closeCode, reason } = await socket.closed;

  assert.deepEqual([closeCode, reason], [1001, "Nothing came from the other side for 0.2 s."]);
});
