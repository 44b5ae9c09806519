/**
 * Equal processes behind a balancer that knows nothing of sessions: who answers what.
 */
import assert from "node:assert/strict";
import { Hono } from "hono";
import { CARRIER_NAMES } from "../../src/core/transport_names.ts";
import type { AppEnv } from "../../src/http/env.ts";
import { call } from "../../src/testing/mod.ts";
import { eventually, send, testFleet } from "../support/fleet.ts";

const OFFER = { sdp: "v=0 offer", type: "offer", pc_id: null, restart_pc: false };
const ICE = { candidate: "candidate:1", sdp_mid: "0", sdp_mline_index: 0 };

Deno.test("a session of /start is signaled through any process, and runs once", async () => {
  await using setup = await testFleet(3);
  const { balancer, processes } = setup;

  for (let i = 0; i < 6; i++) {
    const { sessionId } = (await send(balancer, "POST", "/start", { body: { i } })).answer;
    const path = `/sessions/${sessionId}/api/offer`;
    const offer = await send(balancer, "POST", path, OFFER);
    const { pc_id } = offer.answer;
    const patches = [
      await send(balancer, "PATCH", path, { pc_id, candidates: [ICE] }),
      await send(balancer, "PATCH", path, { pc_id, candidates: [ICE] }),
      await send(balancer, "PATCH", "/api/offer", { pc_id, candidates: [ICE] }),
    ];
    const again = await send(balancer, "POST", path, { ...OFFER, pc_id, restart_pc: true });
    await send(balancer, "GET", "/status"); // so that another process is next

    assert.equal(offer.status, 200);
    assert.deepEqual(patches.map(({ status }) => status), [200, 200, 200]);
    assert.deepEqual([again.status, again.answer.pc_id], [200, pc_id]);
  }

  assert.ok(processes.every((process) => process.calls.length === 2), "each has its share");
  assert.ok(
    processes.flatMap(({ peers }) => peers).every(({ candidates }) => candidates.length === 3),
  );
});

Deno.test("an offer without a session is answered anywhere, and its candidates follow", async () => {
  await using setup = await testFleet(3);
  const { balancer, processes } = setup;

  for (let i = 0; i < 4; i++) {
    const { pc_id } = (await send(balancer, "POST", "/api/offer", OFFER)).answer;
    const patch = await send(balancer, "PATCH", "/api/offer", { pc_id, candidates: [ICE] });
    const again = await send(balancer, "POST", "/api/offer", { ...OFFER, pc_id });

    assert.deepEqual([patch.status, again.status], [200, 200]);
  }

  assert.equal(processes.flatMap((process) => process.calls).length, 4);
});

Deno.test("a user's route is answered by the process that runs the session", async () => {
  const app = new Hono<AppEnv>().all("/where", async (c) => {
    const { session } = c.var;
    const running = !session?.signal.aborted;
    return c.json({ id: session?.id, running, text: await c.req.text(), url: c.req.url });
  });
  await using setup = await testFleet(3, { app });
  const { balancer, processes } = setup;
  const { sessionId } = (await send(balancer, "POST", "/start")).answer;
  await send(balancer, "POST", `/sessions/${sessionId}/api/offer`, OFFER);

  for (const { runner } of processes) {
    const { status, answer } = await send(runner, "POST", `/sessions/${sessionId}/where`, { a: 1 });

    assert.equal(status, 200);
    assert.deepEqual(answer, {
      id: sessionId,
      running: true,
      text: '{"a":1}',
      url: "https://bot.test/where",
    });
  }
});

Deno.test("a phone call of each carrier gets through, and its session's routes with it", async () => {
  const app = new Hono<AppEnv>().get("/where", (c) => c.json({ id: c.var.session?.id }));
  await using setup = await testFleet(3, { app });
  const { balancer, processes } = setup;

  for (const carrier of CARRIER_NAMES) {
    for (let i = 0; i < 3; i++) {
      await using caller = await call(balancer, { carrier, pace: "fast" });
      const running = () => processes.flatMap(({ runner }) => [...runner.sessions]);
      await eventually(() => running().length === 1);
      const [{ id } = { id: "" }] = running();
      for (const { runner } of processes) {
        const { answer } = await send(runner, "GET", `/sessions/${id}/where`);
        assert.deepEqual(answer, { id }, carrier);
      }
      await caller.hangUp();
      await eventually(() => running().length === 0);
    }
  }
});

Deno.test("a place is kept where the session runs, and nowhere else", async () => {
  await using setup = await testFleet(3);
  const { processes: [one, two] } = setup;
  assert.ok(one && two);
  const { wsUrl } = (await send(one.runner, "POST", "/start", { transport: "websocket" })).answer;
  assert.equal(one.runner.sessions.load.promised, 1);

  using _socket = await two.platform.connect(two.runner, wsUrl).then((socket) => ({
    [Symbol.dispose]: () => socket.close(),
  }));
  await eventually(() => one.runner.sessions.load.promised === 0);

  assert.equal(two.runner.sessions.size, 1);
});

Deno.test("below a path of its own, and with several bots, a fleet does the same", async () => {
  for (const base of ["/voice", "/voice/sales"]) {
    await using setup = await testFleet(2, { basePath: "/voice" }, { several: true });
    const [one, two] = setup.processes;
    assert.ok(one && two);
    const { sessionId } = (await send(one.runner, "POST", `${base}/start`)).answer;
    const path = `${base}/sessions/${sessionId}/api/offer`;
    const offer = await send(two.runner, "POST", path, OFFER);
    const { pc_id } = offer.answer;
    const patch = await send(two.runner, "PATCH", `${base}/api/offer`, {
      pc_id,
      candidates: [ICE],
    });
    const started = await send(one.runner, "POST", `${base}/start`, { transport: "websocket" });
    const socket = await two.platform.connect(two.runner, started.answer.wsUrl);

    assert.deepEqual([offer.status, patch.status], [200, 200], base);
    await eventually(() => one.runner.sessions.load.promised === 0);
    assert.deepEqual([one, two].map(({ runner }) => runner.sessions.size), [1, 1]);
    socket.close();
  }
});

Deno.test("a user's route reads its body as it comes, however slowly", async () => {
  const app = new Hono<AppEnv>().post("/slow", async (c) => {
    const reader = c.req.raw.body?.getReader();
    const first = await reader?.read();
    await reader?.cancel();
    return c.text(new TextDecoder().decode(first?.value));
  });
  await using setup = await testFleet(1, { app });
  const [one] = setup.processes;
  assert.ok(one);
  const endless = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("first")),
  });
  const init = { method: "POST", body: endless, duplex: "half" };

  const response = await one.runner.fetch(new Request("https://bot.test/slow", init), one.platform);

  assert.equal(await response.text(), "first");
});

Deno.test("an offer with a header that asks for a WebSocket, as some proxies add it, is an offer", async () => {
  await using setup = await testFleet(2);
  const [one, two] = setup.processes;
  assert.ok(one && two);
  const { sessionId } = (await send(one.runner, "POST", "/start")).answer;

  const response = await two.runner.fetch(
    new Request(`https://bot.test/sessions/${sessionId}/api/offer`, {
      method: "POST",
      headers: { connection: "upgrade", upgrade: "websocket" },
      body: JSON.stringify({ sdp: "v=0 offer", type: "offer" }),
    }),
    two.platform,
  );

  assert.deepEqual([response.status, one.calls.length], [200, 1]);
  await response.body?.cancel();
});
