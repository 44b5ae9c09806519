/**
 * A fleet whose processes die, hang or restart, and whose directory is away.
 */
import assert from "node:assert/strict";
import type { Fleet } from "../../src/core/fleet.ts";
import { MemoryFleet } from "../../src/nodes/memory_fleet.ts";
import { FORWARDED_HEADER, forwardingSigner } from "../../src/nodes/forwarding.ts";
import { keyedHash } from "../../src/core/hash.ts";
import { ownerName } from "../../src/nodes/self_routing_id.ts";
import { eventually, send, testFleet } from "../support/fleet.ts";

const OFFER = { sdp: "v=0 offer", type: "offer", pc_id: null, restart_pc: false };
const ICE = { candidate: "candidate:1", sdp_mid: "0", sdp_mline_index: 0 };

/** A host that takes a request and never answers, as one that was stopped does. */
const hang = () => new Promise<Response>(() => {});

Deno.test("a session whose process has died is a 410, and one that was promised begins elsewhere", async () => {
  await using setup = await testFleet(2);
  const { processes: [one, two], network } = setup;
  assert.ok(one && two);
  const talking = (await send(one.runner, "POST", "/start")).answer.sessionId;
  const path = `/sessions/${talking}/api/offer`;
  const { pc_id } = (await send(one.runner, "POST", path, OFFER)).answer;
  const promised = (await send(one.runner, "POST", "/start", { body: { a: 1 } })).answer.sessionId;
  network.hosts.delete(one.origin);

  const gone = await Promise.all([
    send(two.runner, "PATCH", path, { pc_id, candidates: [ICE] }),
    send(two.runner, "PATCH", "/api/offer", { pc_id, candidates: [ICE] }),
    send(two.runner, "POST", path, { ...OFFER, pc_id, restart_pc: true }),
    send(two.runner, "POST", "/api/offer", { ...OFFER, pc_id }),
    send(two.runner, "POST", `/sessions/${talking}/speak`),
  ]);
  const begun = await send(two.runner, "POST", `/sessions/${promised}/api/offer`, OFFER);
  const patch = await send(two.runner, "PATCH", `/sessions/${promised}/api/offer`, {
    pc_id: begun.answer.pc_id,
    candidates: [ICE],
  });

  for (const { status, answer } of gone) {
    assert.deepEqual([status, answer.code], [410, "session_gone"]);
  }
  assert.deepEqual([begun.status, patch.status], [200, 200]);
  assert.deepEqual(two.calls.map(({ sessionId, body }) => [sessionId, body]), [
    [promised, { a: 1 }],
  ]);
});

Deno.test("a process that hangs is waited for by nobody while another one is ready", async () => {
  await using setup = await testFleet(3, { limits: { maxSessions: 30 } });
  const { processes: [one, two, three], network } = setup;
  assert.ok(one && two && three);
  // The first has no room, so all that comes to it goes on.
  for (let i = 0; i < 30; i++) await send(one.runner, "POST", "/start");
  await eventually(() => one.runner.sessions.load.status === "full");
  network.hosts.set(two.origin, hang);

  const times: number[] = [];
  for (let i = 0; i < 12; i++) {
    const began = performance.now();
    const { status } = await send(one.runner, "POST", "/start");
    times.push(performance.now() - began);
    assert.equal(status, 200);
  }

  assert.ok(Math.max(...times) < 1500, `${times}`);
  assert.ok(times.filter((ms) => ms > 500).length <= 1, `${times}`); // the first finds it out
  assert.equal(three.runner.sessions.load.promised, 12);
});

Deno.test("an owner that hangs is given up after seconds, and not after a minute", async () => {
  await using setup = await testFleet(2);
  const { processes: [one, two], network } = setup;
  assert.ok(one && two);
  const { pc_id } = (await send(one.runner, "POST", "/api/offer", OFFER)).answer;
  network.hosts.set(one.origin, hang);
  const began = performance.now();

  const { status } = await send(two.runner, "PATCH", "/api/offer", { pc_id, candidates: [ICE] });

  assert.equal(status, 410);
  assert.ok(performance.now() - began < 4000, `${performance.now() - began} ms`);
});

Deno.test("while the directory is away, ids lead to their processes all the same", async () => {
  const shared = new MemoryFleet();
  const state = { away: false };
  const ask = <T>(answer: () => Promise<T>) =>
    state.away ? Promise.reject(new Error("away")) : answer();
  const fleet: Fleet = {
    announce: (node) => ask(() => shared.announce(node)),
    withdraw: (origin) => ask(() => shared.withdraw(origin)),
    nodes: () => ask(() => shared.nodes()),
    claim: (id, origin) => ask(() => shared.claim(id, origin)),
    owner: (id) => ask(() => shared.owner(id)),
    release: (id) => ask(() => shared.release(id)),
    take: (key, rate) => ask(() => shared.take(key, rate)),
  };
  await using setup = await testFleet(2, { fleet, limits: { startsPerMinute: 100 } }, {
    fleet: shared,
  });
  const [one, two] = setup.processes;
  assert.ok(one && two);
  const { sessionId } = (await send(one.runner, "POST", "/start")).answer;
  const path = `/sessions/${sessionId}/api/offer`;
  await send(two.runner, "GET", `/sessions/${sessionId}/nothing`); // it has looked around
  state.away = true;

  const offer = await send(two.runner, "POST", path, OFFER);
  const { pc_id } = offer.answer;
  const patch = await send(two.runner, "PATCH", path, { pc_id, candidates: [ICE] });
  const start = await send(two.runner, "POST", "/start");

  assert.deepEqual([offer.status, patch.status, start.status], [200, 200, 200]);
  assert.equal(one.calls.length, 1);
  state.away = false;
});

Deno.test("a process that has restarted under its address says that it knows nothing any more", async () => {
  await using setup = await testFleet(2);
  const { processes: [one, two] } = setup;
  assert.ok(one && two);
  const { pc_id } = (await send(one.runner, "POST", "/api/offer", OFFER)).answer;
  const [old] = one.peers;
  old?.close(); // what is left of it, as after a restart
  await eventually(() => one.runner.sessions.size === 0);

  for (const { runner } of [one, two]) {
    const { status, answer } = await send(runner, "PATCH", "/api/offer", { pc_id, candidates: [] });
    assert.deepEqual([status, answer.code], [410, "session_gone"]);
  }
});

Deno.test("an id that no process has made is a 404, and goes to nobody", async () => {
  await using setup = await testFleet(2);
  const { processes: [one], network } = setup;
  assert.ok(one);
  const { sessionId } = (await send(one.runner, "POST", "/start")).answer;
  const forged = `${sessionId.slice(0, -1)}${sessionId.endsWith("0") ? "1" : "0"}`;
  network.sent.length = 0;

  const answers = await Promise.all([
    send(one.runner, "POST", `/sessions/${forged}/api/offer`, OFFER),
    send(one.runner, "POST", `/sessions/${crypto.randomUUID()}/api/offer`, OFFER),
    send(one.runner, "PATCH", "/api/offer", { pc_id: `pc_${forged}`, candidates: [] }),
    send(one.runner, "PATCH", "/api/offer", { pc_id: "pc_1", candidates: [] }),
  ]);

  assert.deepEqual(answers.map(({ status }) => status), [404, 404, 404, 404]);
  assert.deepEqual(setup.sent(), []);
});

Deno.test("what was signed for one process is refused by another, and by itself the second time", async () => {
  await using setup = await testFleet(2);
  const [one, two] = setup.processes;
  assert.ok(one && two);
  const sign = forwardingSigner(keyedHash("a secret that the processes share"));
  const body = new TextEncoder().encode("{}");
  const header = await sign({
    owner: await ownerName(one.origin),
    method: "POST",
    path: "/start",
    body,
    origin: "https://bot.test",
  });
  const request = (origin: string) =>
    new Request(`${origin}/start`, {
      method: "POST",
      body,
      headers: { [FORWARDED_HEADER]: header },
    });

  const wrong = await two.runner.fetch(request(two.origin), two.platform);
  const right = await one.runner.fetch(request(one.origin), one.platform);
  const again = await one.runner.fetch(request(one.origin), one.platform);

  assert.deepEqual([wrong.status, right.status, again.status], [403, 200, 403]);
  await Promise.all([wrong, right, again].map((response) => response.body?.cancel()));
});
