import assert from "node:assert/strict";
import { MemorySessionStore, type SessionStore } from "../../src/sessions/store.ts";
import { createRunner, type RunnerOptions } from "../../src/runner.ts";
import { memoryPlatform } from "../../src/testing/memory_platform.ts";
import { fakePeers } from "../support/fake_peers.ts";

function serving(options: RunnerOptions = {}) {
  const runner = createRunner(
    ({ signal }) =>
      new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve())),
    options,
  );
  const ask = async (path: string, init?: RequestInit) => {
    const response = await runner.fetch(new Request(`https://bot.test${path}`, init));
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  return { runner, ask, platform: memoryPlatform() };
}

Deno.test("an idle runner is alive and ready, and tells how loaded it is", async () => {
  const { ask } = serving({ limits: { maxSessions: 3, maxLoopLagMs: 10 } });

  const live = await ask("/livez");
  const ready = await ask("/readyz");

  assert.deepEqual([live.status, live.body], [200, { status: "live" }]);
  assert.deepEqual([ready.status, ready.body], [200, {
    status: "ready",
    sessions: 0,
    promised: 0,
    maxSessions: 3,
    lag: 0,
  }]);
  assert.equal(ready.headers.get("cache-control"), "no-store");
});

Deno.test("what is not limited is not told", async () => {
  const { ask } = serving();

  assert.deepEqual((await ask("/readyz")).body, { status: "ready", sessions: 0, promised: 0 });
});

Deno.test("a full runner is alive and not ready, until a session ends", async () => {
  const { runner, ask, platform } = serving({ limits: { maxSessions: 2 } });
  const socket = await platform.connect(runner, "https://bot.test/ws-client");
  await ask("/start", { method: "POST", body: '{"transport":"websocket"}' });

  const full = await ask("/readyz");
  socket.close();
  await platform.settled();
  const again = await ask("/readyz");

  assert.deepEqual([full.status, full.body], [503, {
    status: "full",
    sessions: 1,
    promised: 1,
    maxSessions: 2,
  }]);
  assert.deepEqual([again.status, again.body.sessions], [200, 0]);
  assert.equal((await ask("/livez")).status, 200);
});

Deno.test("a runner that drains, and one that is closed, is not ready and says so", async () => {
  const { runner, ask, platform } = serving();
  const socket = await platform.connect(runner, "https://bot.test/ws-client");

  const drained = runner.drain({ deadlineMs: 10_000 });
  const draining = await ask("/readyz");
  socket.close();
  await drained;
  const closed = await ask("/readyz");

  assert.deepEqual([draining.status, draining.body.status], [503, "draining"]);
  assert.deepEqual([closed.status, closed.body.status], [503, "closed"]);
  assert.equal((await ask("/livez")).status, 200);
});

Deno.test("a runner whose store hangs is alive and not ready, and refuses within two seconds", async () => {
  const hang = () => new Promise<never>(() => {});
  const { ask } = serving({ store: { put: hang, get: hang, take: hang, extend: hang } });
  const began = performance.now();

  const [ready, start, offer] = await Promise.all([
    ask("/readyz"),
    ask("/start", { method: "POST", body: '{"transport":"websocket"}' }),
    ask("/sessions/one/anything"),
  ]);

  const passed = performance.now() - began;
  assert.deepEqual([ready.status, ready.body.status], [503, "store_unavailable"]);
  for (const { status, body, headers } of [start, offer]) {
    assert.deepEqual([status, body.code], [503, "store_unavailable"]);
    assert.equal(headers.get("retry-after"), "5");
  }
  assert.ok(passed > 1900 && passed < 4000, `${passed} ms`);
  assert.equal((await ask("/livez")).status, 200);
});

Deno.test("a store that fails once a session has begun does not take the answer from its client", async () => {
  const memory = new MemorySessionStore();
  const store: SessionStore = {
    put: (...call) => memory.put(...call),
    get: (key) => memory.get(key),
    take: (key) => memory.take(key),
    extend: () => Promise.reject(new Error("gone")),
  };
  const { runner, ask, platform } = serving({ store, webrtc: fakePeers() });
  const start = async (body: string) => (await ask("/start", { method: "POST", body })).body;

  const { sessionId } = await start("{}");
  const body = JSON.stringify({ sdp: "v=0", type: "offer" });
  const offer = await ask(`/sessions/${sessionId}/api/offer`, { method: "POST", body });
  const { wsUrl } = await start('{"transport":"websocket"}');
  const socket = await platform.connect(runner, wsUrl);

  assert.deepEqual([offer.status, runner.sessions.size], [200, 2]);
  socket.close();
  await runner.close();
  await platform.settled();
});

Deno.test("while the store hangs a caller hears that all lines are busy", async () => {
  const hang = () => new Promise<never>(() => {});
  const { runner } = serving({ store: { put: hang, get: hang, take: hang, extend: hang } });
  const body = new URLSearchParams({ CallSid: "CA1", From: "+15551234567", To: "+15559876543" });

  const response = await runner.fetch(
    new Request("https://bot.test/twilio", { method: "POST", body }),
  );

  assert.deepEqual([response.status, runner.sessions.load.promised], [200, 0]);
  assert.match(await response.text(), /All lines are busy/);
});

Deno.test("the load is a number of sessions and nothing about them", async () => {
  const { runner, ask, platform } = serving();
  const body = btoa(JSON.stringify({ secret: "hush" }));
  const socket = await platform.connect(runner, `https://bot.test/ws-client?body=${body}`);

  assert.deepEqual((await ask("/readyz")).body, { status: "ready", sessions: 1, promised: 0 });
  socket.close();
  await platform.settled();
});
