/**
 * Several bots in one runner.
 */
import assert from "node:assert/strict";
import type { Bot } from "../../src/core/bot.ts";
import type { IncomingCall } from "../../src/core/incoming_call.ts";
import { createRunner } from "../../src/runner.ts";
import type { RunnerOptions } from "../../src/runner_options.ts";
import { call } from "../../src/testing/call.ts";
import { memoryPlatform } from "../../src/testing/memory_platform.ts";
import { fakePeers } from "../support/fake_peers.ts";

const ORIGIN = "http://bot.test";

/** Two bots that note who was called; each stays until its session ends. */
function twoBots(options: RunnerOptions = {}) {
  const called: string[] = [];
  const note = (name: string): Bot => ({ transport, signal }) => {
    called.push(`${name} on ${transport}`);
    return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
  };
  const bots = { greeter: note("greeter"), sales: note("sales") };
  const runner = createRunner(bots, { publicUrl: ORIGIN, webrtc: fakePeers(), ...options });
  const post = (path: string, body: unknown) =>
    runner.fetch(new Request(`${ORIGIN}${path}`, { method: "POST", body: JSON.stringify(body) }));
  const get = async (path: string) => {
    const response = await runner.fetch(new Request(`${ORIGIN}${path}`));
    return [response.status, response.headers.get("location"), await response.text()] as const;
  };
  return { runner, called, post, get };
}

/** Lets bots be called. */
const settle = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("each bot has its own start, and the first is at the root", async () => {
  const { runner, called, post } = twoBots();

  for (const base of ["", "/greeter", "/sales"]) {
    const started = await post(`${base}/start`, {});
    const { sessionId } = await started.json();
    const offer = { sdp: "v=0", type: "offer" };
    const answered = await post(`${base}/sessions/${sessionId}/api/offer`, offer);
    assert.equal(answered.status, 200);
    await answered.body?.cancel();
  }
  await settle();
  await runner.close();

  assert.deepEqual(called, ["greeter on webrtc", "greeter on webrtc", "sales on webrtc"]);
});

Deno.test("a WebSocket's address is that of its bot", async () => {
  const { runner, called, post } = twoBots({ wsAuth: "token" });
  const platform = memoryPlatform();

  const { wsUrl, token } = await (await post("/sales/start", { transport: "websocket" })).json();
  const elsewhere = platform.connect(runner, `ws://bot.test/ws-client?token=${token}`);
  await assert.rejects(elsewhere, /The token is missing, used or too old/);
  await platform.connect(runner, `${wsUrl}?token=${token}`);
  await settle();
  await runner.close();

  assert.equal(wsUrl, "ws://bot.test/sales/ws-client");
  assert.deepEqual(called, ["sales on websocket"]);
});

Deno.test("the phone rings at the bot whose webhook it is, and onCall is told which", async () => {
  const calls: IncomingCall[] = [];
  const onCall = (call: IncomingCall) => void calls.push(call);
  const { runner, called } = twoBots({ onCall, insecureCarriers: true });

  await using sales = await call(runner, {
    carrier: "twilio",
    path: "/sales/twilio",
    origin: ORIGIN,
  });
  await using first = await call(runner, { carrier: "telnyx", origin: ORIGIN });
  await settle();
  await Promise.all([sales.hangUp(), first.hangUp()]);
  await runner.close();

  assert.deepEqual(called, ["sales on twilio", "greeter on telnyx"]);
  assert.deepEqual(calls.map(({ bot }) => bot), ["sales", "greeter"]);
});

Deno.test("a session of one bot is unknown to the other", async () => {
  const { runner, post } = twoBots();
  const { sessionId } = await (await post("/sales/start", {})).json();

  const offer = { sdp: "v=0", type: "offer" };
  const wrong = await post(`/greeter/sessions/${sessionId}/api/offer`, offer);
  await runner.close();

  assert.deepEqual([wrong.status, (await wrong.json()).code], [404, "unknown_session"]);
});

Deno.test("each bot has its page, and the status names them all", async () => {
  const { runner, get } = twoBots({
    client: { "index.html": { type: "text/html", gzip: new Uint8Array(), immutable: false } },
  });

  assert.equal((await get("/sales"))[1], "/sales/client/");
  assert.equal((await get("/sales/"))[1], "/sales");
  assert.equal((await get("/sales/client"))[1], "/sales/client/");
  assert.equal((await get("/"))[1], "/client/");
  assert.equal((await get("/greeter/client/none.js"))[0], 404);
  const status = JSON.parse((await get("/sales/status"))[2]);
  assert.deepEqual(status.bots, ["greeter", "sales"]);
  assert.deepEqual(runner.bots, ["greeter", "sales"]);
  await runner.close();
});

Deno.test("the user's routes are below each bot, too", async () => {
  const { runner, get } = twoBots();
  runner.app.get("/hello/:name", (c) => c.text(`hello ${c.req.param("name")}`));

  assert.equal((await get("/hello/ann"))[2], "hello ann");
  assert.equal((await get("/sales/hello/ann?x=1"))[2], "hello ann");
  assert.equal((await get("/nobody/hello/ann"))[0], 404);
  await runner.close();
});

Deno.test("a name that cannot be an address is refused", () => {
  for (const name of ["", "start", "twilio", "a/b", "sales team", "../etc", "ws", "x".repeat(64)]) {
    assert.throws(() => createRunner({ [name]: () => {} }), { code: "bad_bot_name" }, name);
  }
  assert.throws(() => createRunner({}), { code: "no_bot" });
});
