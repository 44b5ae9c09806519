import assert from "node:assert/strict";
import type { RunnerArguments } from "../../src/core/bot.ts";
import type { Socket } from "../../src/core/duplex.ts";
import { MemorySessionStore, sessionKey } from "../../src/sessions/store.ts";
import { issueToken, readToken } from "../../src/sessions/token.ts";
import { createRunner, type RunnerOptions } from "../../src/runner.ts";
import { decodeFrame } from "../../src/serializers/protobuf.ts";
import { memoryPlatform } from "../../src/testing/memory_platform.ts";

const ORIGIN = "https://bot.test";

/** A runner whose bot reports its arguments and stays until its session ends. */
function listening(options: RunnerOptions = {}) {
  const calls: RunnerArguments[] = [];
  const runner = createRunner(async (args) => {
    calls.push(args);
    await new Promise<void>((resolve) => args.signal.addEventListener("abort", () => resolve()));
  }, options);
  const platform = memoryPlatform();
  return {
    runner,
    calls,
    platform,
    connect: (path: string, headers?: Record<string, string>): Promise<Socket> =>
      platform.connect(runner, new URL(path, ORIGIN), headers),
    async start(body: Record<string, unknown> = {}) {
      const response = await runner.fetch(
        new Request(`${ORIGIN}/start`, {
          method: "POST",
          body: JSON.stringify({ transport: "websocket", ...body }),
        }),
      );
      const answer: Record<string, string> = await response.json();
      return { answer, sessionId: response.headers.get("x-session-id") };
    },
    async [Symbol.asyncDispose]() {
      await runner.close();
      await platform.settled();
    },
  };
}

/** The bot runs one turn after its socket was accepted. */
async function arguments_(calls: RunnerArguments[], index = 0): Promise<RunnerArguments> {
  await Promise.resolve();
  const args = calls[index];
  assert.ok(args);
  return args;
}

Deno.test("start answers with wsUrl alone, and the id and body reach the bot", async () => {
  await using server = listening();

  const { answer, sessionId } = await server.start({ body: { user: "u1" } });
  await server.connect(answer["wsUrl"] ?? "");

  assert.deepEqual(Object.keys(answer), ["wsUrl"]);
  assert.match(answer["wsUrl"] ?? "", /^wss:\/\/bot\.test\/ws-client\//);
  const args = await arguments_(server.calls);
  assert.equal(args.transport, "websocket");
  assert.equal(args.sessionId, sessionId);
  assert.deepEqual(args.body, { user: "u1" });
});

Deno.test("with tokens, start answers with wsUrl and token, and nothing else", async () => {
  await using server = listening({ wsAuth: "token" });

  const { answer } = await server.start();

  assert.deepEqual(Object.keys(answer), ["wsUrl", "token"]);
  assert.equal(answer["wsUrl"], "wss://bot.test/ws-client");
});

const WAYS: [string, (token: string) => [string, Record<string, string>?]][] = [
  ["Authorization: Bearer", (token) => ["/ws-client", { authorization: `Bearer ${token}` }]],
  ["?token=", (token) => [`/ws-client?token=${token}`]],
  ["the path", (token) => [`/ws-client/${token}`]],
  ["the header before the query", (token) => [
    "/ws-client?token=wrong",
    { authorization: `Bearer ${token}` },
  ]],
  ["the query before the path", (token) => [`/ws-client/wrong?token=${token}`]],
];
for (const [name, way] of WAYS) {
  Deno.test(`a token is taken from ${name}`, async () => {
    await using server = listening({ wsAuth: "token" });
    const { answer, sessionId } = await server.start({ body: { user: "u1" } });

    await server.connect(...way(answer["token"] ?? ""));

    const args = await arguments_(server.calls);
    assert.equal(args.sessionId, sessionId);
    assert.deepEqual(args.body, { user: "u1" });
  });
}

Deno.test("a token opens one socket, and of two at a time only one", async () => {
  await using server = listening({ wsAuth: "token" });
  const { answer } = await server.start();
  const path = `/ws-client?token=${answer["token"]}`;

  const both = await Promise.allSettled([server.connect(path), server.connect(path)]);

  assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  await assert.rejects(server.connect(path), { code: "stream_refused", status: 403 });
  assert.equal(server.calls.length, 1);
});

Deno.test("with tokens, no token, a wrong one and a session's id are all refused", async () => {
  await using server = listening({ wsAuth: "token" });
  const { sessionId } = await server.start();

  for (const path of ["/ws-client", "/ws-client/wrong", `/ws-client/${sessionId}`]) {
    await assert.rejects(server.connect(path), { code: "stream_refused", status: 403 });
  }
  assert.equal(server.calls.length, 0);
});

Deno.test("a token is no good after five minutes", async () => {
  let now = 0;
  const store = new MemorySessionStore({ now: () => now });
  await using server = listening({ wsAuth: "token", store });
  const { answer } = await server.start();

  now = 5 * 60_000;

  await assert.rejects(server.connect(`/ws-client?token=${answer["token"]}`), { status: 403 });
});

Deno.test("without tokens a client may connect without a start, and bring a body", async () => {
  await using server = listening();
  const body = { name: "Zoë?>" };
  const base64 = btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(body))));

  await server.connect("/ws-client");
  await server.connect(`/ws-client?body=${encodeURIComponent(base64)}`);
  await server.connect(`/ws-client?body=${base64}`); // a bare plus sign is read as a space
  await server.connect(
    `/ws-client?body=${base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`,
  );

  await Promise.resolve();
  assert.deepEqual(server.calls.map((args) => args.body), [{}, body, body, body]);
  assert.equal(new Set(server.calls.map((args) => args.sessionId)).size, 4);
});

Deno.test("a body in the query does not replace that of the start", async () => {
  await using server = listening();
  const { answer } = await server.start({ body: { user: "u1" } });

  await server.connect(`${answer["wsUrl"]}?body=${btoa('{"user":"u2"}')}`);

  assert.deepEqual((await arguments_(server.calls)).body, { user: "u1" });
});

for (const body of ["%", "bm90IGpzb24", `${"a".repeat(20_000)}`]) {
  Deno.test(`a body of ${body.slice(0, 12)} is refused before the upgrade`, async () => {
    await using server = listening();

    await assert.rejects(server.connect(`/ws-client?body=${encodeURIComponent(body)}`), {
      status: 400,
    });
  });
}

Deno.test("a client that comes back gets a new run with the same id and body", async () => {
  await using server = listening();
  const { answer, sessionId } = await server.start({ body: { user: "u1" } });
  const url = answer["wsUrl"] ?? "";
  const first = await server.connect(url);
  await arguments_(server.calls);
  first.close();
  await first.closed;

  await server.connect(url);

  const args = await arguments_(server.calls, 1);
  assert.equal(args.sessionId, sessionId);
  assert.deepEqual(args.body, { user: "u1" });
  assert.ok(server.calls[0]?.signal.aborted);
});

Deno.test("an unknown session, and one of another transport, are refused", async () => {
  const store = new MemorySessionStore();
  await using server = listening({ store });
  await store.put(sessionKey("phone"), { id: "phone", transport: "twilio", body: {} }, 1000);

  for (const path of ["/ws-client/unknown", "/ws-client/phone"]) {
    await assert.rejects(server.connect(path), { code: "stream_refused", status: 404 });
  }
});

Deno.test("the token of a phone call does not open a plain WebSocket and is not used up", async () => {
  const store = new MemorySessionStore();
  await using server = listening({ store, wsAuth: "token" });
  const token = await issueToken(store, { id: "phone", transport: "twilio", body: {} });

  await assert.rejects(server.connect(`/ws-client/${token}`), { status: 403 });

  assert.ok(await readToken(store, token));
});

Deno.test("a refusal is JSON that says what to do", async () => {
  await using server = listening({ wsAuth: "token" });

  const response = await server.runner.fetch(
    new Request(`${ORIGIN}/ws-client`, { headers: { upgrade: "websocket" } }),
    server.platform,
  );

  assert.equal(response.status, 403);
  const { code, detail, info } = await response.json();
  assert.equal(code, "bad_token");
  assert.match(detail, /POST \/start/);
  assert.equal(detail, info);
});

Deno.test("a plain request is told to upgrade", async () => {
  await using server = listening();

  const response = await server.runner.fetch(new Request(`${ORIGIN}/ws-client`), server.platform);

  assert.equal(response.status, 426);
});

Deno.test("a page of another origin is refused, and its token is not used up", async () => {
  await using server = listening({ wsAuth: "token", allowedOrigins: ["https://app.test"] });
  const { answer } = await server.start();
  const path = `/ws-client?token=${answer["token"]}`;

  await assert.rejects(server.connect(path, { origin: "https://evil.test" }), { status: 403 });

  await server.connect(path, { origin: "https://app.test" });
});

Deno.test("the address of the WebSocket is that of the public origin", async () => {
  await using server = listening({ publicUrl: "https://bot.example.com" });

  const { answer } = await server.start();

  assert.match(answer["wsUrl"] ?? "", /^wss:\/\/bot\.example\.com\/ws-client\//);
});

Deno.test("a bot that fails tells the client by RTVI, then closes", async () => {
  const runner = createRunner(() => Promise.reject(new Error("no model")));
  const platform = memoryPlatform();

  const socket = await platform.connect(runner, `${ORIGIN}/ws-client`);
  const { value } = await socket.readable.getReader().read();
  await socket.closed;

  assert.ok(value instanceof Uint8Array);
  const frame = decodeFrame(value);
  assert.ok(frame.type === "message");
  const { id: _, ...message } = frame.data as Record<string, unknown>;
  assert.deepEqual(message, {
    label: "rtvi-ai",
    type: "error",
    data: {
      error: "The bot failed; see the runner's log.",
      message: "The bot failed; see the runner's log.",
      fatal: true,
    },
  });
  await platform.settled();
});

Deno.test("the bot's end closes the socket, the client's end ends the session", async () => {
  const brief = createRunner(() => {});
  const platform = memoryPlatform();
  const socket = await platform.connect(brief, `${ORIGIN}/ws-client`);
  await socket.closed;

  await using server = listening();
  const client = await server.connect("/ws-client");
  await arguments_(server.calls);
  client.close();
  await server.platform.settled();

  assert.equal(server.runner.sessions.size, 0);
});

Deno.test("a closed runner refuses new clients before the upgrade and lets none linger", async () => {
  const server = listening();
  const socket = await server.connect("/ws-client");

  await server.runner.close();

  assert.equal((await socket.closed).closeCode, 1001);
  await assert.rejects(server.connect("/ws-client"), { status: 503 });
  await server.platform.settled();
});

Deno.test("a runner that is restricted to another transport has no such route", async () => {
  await using server = listening({ transport: "twilio" });

  await assert.rejects(server.connect("/ws-client"), { status: 404 });
});

Deno.test("sessions that bring no body have the runner's", async () => {
  const bodies: unknown[] = [];
  const runner = createRunner(({ body }) => void bodies.push(body), { runnerBody: { a: 1 } });
  const platform = memoryPlatform();

  await platform.connect(runner, `${ORIGIN}/ws-client`);
  await platform.connect(runner, `${ORIGIN}/ws-client?body=${btoa('{"b":2}')}`);
  const phone = await platform.connect(runner, `${ORIGIN}/ws`);
  phone.send(JSON.stringify({
    event: "start",
    streamSid: "MZ1",
    start: { streamSid: "MZ1", callSid: "CA1", customParameters: { c: 3 } },
  }));
  await phone.closed;
  await platform.settled();

  assert.deepEqual(bodies, [{ a: 1 }, { b: 2 }, { a: 1 }]);
});
