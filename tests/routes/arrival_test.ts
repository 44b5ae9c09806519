/**
 * Offers whose clients come later, or never.
 */
import assert from "node:assert/strict";
import { MOST_OF_A_CLIENT } from "../../src/sessions/arrivals.ts";
import { createRunner } from "../../src/runner.ts";
import { memoryPlatform } from "../../src/testing/memory_platform.ts";
import { fakePeers } from "../support/fake_peers.ts";

const OFFER = { sdp: "v=0 offer", type: "offer" };

/** A runner whose clients come when the test says so. */
function serving() {
  const webrtc = fakePeers({ late: true });
  const bodies: unknown[] = [];
  const runner = createRunner(async ({ body, signal }) => {
    bodies.push(body);
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  }, { webrtc });
  const host = { ...memoryPlatform(), address: "192.0.2.1", remoteAddress: () => host.address };
  const ask = async (method: string, path: string, body?: unknown) => {
    const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const response = await runner.fetch(new Request(`http://bot.test${path}`, init), host);
    const retryAfter = response.headers.get("retry-after");
    return { status: response.status, retryAfter, answer: await response.json() };
  };
  return { runner, peers: webrtc.peers, bodies, host, ask };
}

const turn = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("the bot begins when its client comes, with what the offer said", async () => {
  const { runner, peers, bodies, ask } = serving();

  const { status } = await ask("POST", "/api/offer", { ...OFFER, requestData: { user: 1 } });
  await turn();
  assert.deepEqual([status, bodies, [...runner.sessions].length], [200, [], 0]);
  peers[0]?.come();
  await turn();

  assert.deepEqual([bodies, [...runner.sessions].length], [[{ user: 1 }], 1]);
  await runner.close();
});

Deno.test("meanwhile candidates and further offers reach the peer", async () => {
  const { runner, peers, bodies, ask } = serving();
  const { answer } = await ask("POST", "/api/offer", OFFER);

  const candidates = [{ candidate: "", sdp_mid: "0", sdp_mline_index: 0 }];
  await ask("PATCH", "/api/offer", { pc_id: answer.pc_id, candidates });
  await ask("POST", "/api/offer", { ...OFFER, pc_id: answer.pc_id, restart_pc: true });
  peers[0]?.come();
  await turn();

  assert.deepEqual(
    [peers.length, peers[0]?.candidates.length, peers[0]?.offers.length, bodies.length],
    [1, 1, 2, 1],
  );
  await runner.close();
});

Deno.test("a client that never comes costs no bot, and leaves its place", async () => {
  const { runner, peers, bodies, ask } = serving();
  await ask("POST", "/api/offer", OFFER);

  peers[0]?.close({ reason: "it did not come" });
  await turn();

  const { answer } = await ask("GET", "/readyz");
  assert.deepEqual([bodies.length, answer.promised, answer.sessions], [0, 0, 0]);
  await runner.close();
});

Deno.test("a second offer of a session takes the place of the first", async () => {
  const { runner, peers, bodies, ask } = serving();
  const { answer: { sessionId } } = await ask("POST", "/start", { body: { user: 1 } });
  const path = `/sessions/${sessionId}/api/offer`;

  await ask("POST", path, OFFER);
  await ask("POST", path, OFFER);
  peers[1]?.come();
  await turn();

  assert.deepEqual([peers.map(({ isClosed }) => isClosed), bodies], [[true, false], [{ user: 1 }]]);
  await runner.close();
});

Deno.test("offers of one address that never connect are bounded, and others are answered", async () => {
  const { runner, peers, host, ask } = serving();
  for (let i = 0; i < MOST_OF_A_CLIENT; i++) {
    assert.equal((await ask("POST", "/api/offer", OFFER)).status, 200);
  }

  const refused = await ask("POST", "/api/offer", OFFER);
  host.address = "192.0.2.2";
  const other = await ask("POST", "/api/offer", OFFER);
  host.address = "192.0.2.1";
  peers[0]?.close();
  await turn();
  const later = await ask("POST", "/api/offer", OFFER);

  assert.deepEqual(
    [refused.status, refused.answer.code, refused.retryAfter, other.status, later.status],
    [429, "too_many_offers", "5", 200, 200],
  );
  assert.match(refused.answer.detail, /Try again/);
  await runner.close();
});

Deno.test("an offer that cannot be used leaves no trace", async () => {
  const { runner, ask } = serving();
  for (let i = 0; i < 2 * MOST_OF_A_CLIENT; i++) {
    assert.equal((await ask("POST", "/api/offer", { ...OFFER, sdp: "no" })).status, 400);
  }

  assert.equal((await ask("POST", "/api/offer", OFFER)).status, 200);
  await runner.close();
});

Deno.test("a runner that closes gives up whoever has not come", async () => {
  const { runner, peers, bodies, ask } = serving();
  await ask("POST", "/api/offer", OFFER);

  await runner.close();
  await turn();
  peers[0]?.come();
  await turn();

  assert.deepEqual([peers[0]?.isClosed, bodies.length], [true, 0]);
});
