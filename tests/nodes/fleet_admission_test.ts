/**
 * Who is let in where several processes share the callers: limits, rates, drains and promises.
 */
import assert from "node:assert/strict";
import { RunnerError } from "../../src/core/error.ts";
import { MemoryFleet } from "../../src/nodes/memory_fleet.ts";
import { createRunner, type RunnerOptions } from "../../src/runner.ts";
import { call, type Caller } from "../../src/testing/mod.ts";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import { fakePeers } from "../support/fake_peers.ts";
import {
  eventually,
  type FleetProcess,
  send,
  type TestFleet,
  testFleet,
} from "../support/fleet.ts";

const OFFER = { sdp: "v=0 offer", type: "offer", pc_id: null, restart_pc: false };
const ASKING = Object.values(CARRIERS).flatMap(({ name, webhook }) => webhook ? [name] : []);

/** The sessions and places of all processes. */
function taken({ processes }: TestFleet): number[] {
  return processes.map(({ runner: { sessions: { load } } }) => load.sessions + load.promised);
}

async function callOn({ runner }: FleetProcess, carrier: Parameters<typeof call>[1]["carrier"]) {
  return await call(runner, { carrier, pace: "fast" });
}

Deno.test("a caller whom a full process has no room for is answered by another one", async () => {
  for (const carrier of ASKING) {
    await using setup = await testFleet(2, { limits: { maxSessions: 2 } });
    const [one] = setup.processes;
    assert.ok(one);
    const callers: Caller[] = [];

    // All of it comes to one process, and so do the streams, which that has no room for either.
    for (let i = 0; i < 2; i++) callers.push(await callOn(one, carrier));
    const response = await one.runner.fetch(webhookOf(carrier), one.platform);
    const words = await response.text();

    assert.match(words, /wss:\/\/bot\.test\/ws\//, `${carrier}: ${words}`);
    await eventually(() => taken(setup).join() === "2,1");
    await Promise.all(callers.map((caller) => caller.hangUp()));
  }
});

Deno.test("with no room anywhere a caller hears so, in words, and may call again", async () => {
  await using setup = await testFleet(3, { limits: { maxSessions: 1 } });
  const [one] = setup.processes;
  assert.ok(one);
  const callers = await Promise.all(setup.processes.map((process) => callOn(process, "twilio")));

  await assert.rejects(
    call(setup.balancer, { carrier: "twilio", callId: "CA1" }),
    ({ code, message }: RunnerError) => code === "call_refused" && message.includes("busy"),
  );
  await callers[0]?.hangUp();
  await eventually(() => taken(setup)[0] === 0);
  await using again = await call(one.runner, { carrier: "twilio", callId: "CA1", pace: "fast" });

  assert.ok(again);
  await Promise.all(callers.map((caller) => caller.hangUp()));
});

Deno.test("a process that drains is no busy line: its starts, offers and callers go on", async () => {
  await using setup = await testFleet(3);
  const [one] = setup.processes;
  assert.ok(one);
  const talking = await callOn(one, "twilio"); // which keeps it alive
  const drained = one.runner.drain({ deadlineMs: 5000 });

  const start = await send(one.runner, "POST", "/start", { body: {} });
  const offer = await send(one.runner, "POST", "/api/offer", OFFER);
  const socket = await send(one.runner, "POST", "/start", { transport: "websocket" });
  const webhook = await one.runner.fetch(webhookOf("twilio"), one.platform);

  assert.deepEqual([start.status, offer.status, socket.status], [200, 200, 200]);
  assert.match(socket.answer.wsUrl, /^wss:\/\/bot\.test\/ws-client\//);
  assert.match(await webhook.text(), /<Stream/);
  assert.equal(taken(setup)[0], 1);
  await talking.hangUp();
  await drained;
});

Deno.test("each process takes as many as it may, and together as many as all may", async () => {
  const limits = { maxSessions: 4 };
  await using setup = await testFleet(3, { limits });
  const statuses = [];

  for (let i = 0; i < 20; i++) {
    statuses.push((await send(setup.balancer, "POST", "/start", {})).status);
  }

  assert.equal(statuses.filter((status) => status === 200).length, 12);
  assert.equal(statuses.filter((status) => status === 503).length, 8);
  assert.deepEqual(taken(setup), [4, 4, 4]);
});

Deno.test("what a client begins counts wherever it begins it", async () => {
  await using setup = await testFleet(3, { limits: { startsPerMinute: 10 }, trustProxy: true });
  const start = async (client: string) => {
    const headers = { "x-forwarded-for": client };
    const response = await setup.balancer.fetch(
      new Request("https://bot.test/start", { method: "POST", body: "{}", headers }),
    );
    await response.body?.cancel();
    return response;
  };

  const answers = [];
  for (let i = 0; i < 30; i++) answers.push(await start("192.0.2.1"));
  const other = await start("192.0.2.2");

  assert.equal(answers.filter(({ status }) => status === 200).length, 10);
  const refused = answers.filter(({ status }) => status === 429);
  assert.equal(refused.length, 20);
  assert.ok(Number(refused[0]?.headers.get("retry-after")) > 0);
  assert.equal(other.status, 200);
});

Deno.test("a place is kept where the session runs, and nowhere else", async () => {
  await using setup = await testFleet(3);
  const [one, two] = setup.processes;
  assert.ok(one && two);
  const { wsUrl } = (await send(one.runner, "POST", "/start", { transport: "websocket" })).answer;
  assert.deepEqual(taken(setup), [1, 0, 0]);

  const socket = await two.platform.connect(two.runner, wsUrl);
  await eventually(() => taken(setup).join() === "0,1,0");
  const again = await one.platform.connect(one.runner, wsUrl); // the client comes back elsewhere
  await eventually(() => taken(setup).join() === "1,0,0");

  assert.equal((await socket.closed).reason, "Replaced by a new connection");
  again.close();
});

Deno.test("a drain waits for no place that another process may take, and for a client that is bound", async () => {
  await using setup = await testFleet(2);
  const [one, two] = setup.processes;
  assert.ok(one && two);
  const webhook = webhookOf("twilio");
  await (await one.runner.fetch(webhook, one.platform)).body?.cancel(); // keeps a place for 15 s
  assert.deepEqual(taken(setup), [1, 0]);
  const began = performance.now();

  await one.runner.drain({ deadlineMs: 20_000 });

  assert.ok(performance.now() - began < 1000, `${performance.now() - began} ms`);
});

Deno.test("the end of a call that rang gives its place back, whoever hears of it", async () => {
  await using setup = await testFleet(2);
  const [one, two] = setup.processes;
  assert.ok(one && two);
  const ring = { CallSid: "CA9", CallStatus: "ringing", From: "+15550100001", To: "+15550100002" };
  const over = { ...ring, CallStatus: "completed" };
  const post = async ({ runner, platform }: FleetProcess, form: Record<string, string>) => {
    const body = new URLSearchParams(form);
    const request = new Request("https://bot.test/twilio", { method: "POST", body });
    await (await runner.fetch(request, platform)).body?.cancel();
  };

  await post(one, ring);
  assert.deepEqual(taken(setup), [1, 0]);
  await post(two, over);

  await eventually(() => taken(setup).join() === "0,0");
});

Deno.test("a fleet needs a secret, and the address of each process", () => {
  const code = (options: RunnerOptions) => {
    try {
      createRunner(() => {}, options);
    } catch (error) {
      return error instanceof RunnerError ? error.code : error;
    }
  };
  const fleet = new MemoryFleet();
  const advertise = "http://10.0.0.1:7860";
  const secret = "a secret that the processes share";

  assert.equal(code({ fleet, advertise }), "no_secret");
  assert.equal(code({ fleet, secret }), "bad_option");
  assert.equal(code({ fleet, advertise, secret, mediaNodes: [advertise] }), "bad_option");
  assert.equal(code({ fleet, advertise, secret }), undefined);
});

/** A webhook that announces a call, unsigned. */
function webhookOf(carrier: string): Request {
  const id = crypto.randomUUID();
  const numbers = { From: "+15550100001", To: "+15550100002", CallStatus: "ringing" };
  const forms: Readonly<Record<string, Record<string, string>>> = {
    plivo: { CallUUID: id, Event: "StartApp", ...numbers },
    vonage: { uuid: id, conversation_uuid: "CON-1", from: "1555", to: "1556" },
  };
  const form = new URLSearchParams(forms[carrier] ?? { CallSid: id, ...numbers });
  return new Request(`https://bot.test/${carrier}?${form}`);
}

Deno.test("all processes together take as many sessions as the fleet may have, whoever is asked at once", async () => {
  await using setup = await testFleet(3, { fleetMaxSessions: 20 });
  const start = async () => await send(setup.balancer, "POST", "/start", {});

  const started = await Promise.all(Array.from({ length: 60 }, start));
  const refused = started.filter(({ status }) => status === 503);

  assert.equal(started.filter(({ status }) => status === 200).length, 20);
  assert.deepEqual(new Set(refused.map(({ answer }) => answer.code)), new Set(["fleet_full"]));
  assert.ok(Number(refused[0]?.headers.get("retry-after")) > 0);
  assert.equal(taken(setup).reduce((sum, count) => sum + count), 20);
});

Deno.test("a session of a full fleet begins where its media comes, and its end makes room for one", async () => {
  await using setup = await testFleet(2, { fleetMaxSessions: 2, trustProxy: true });
  const [one, two] = setup.processes;
  assert.ok(one && two);
  const socket = async () => await send(one.runner, "POST", "/start", { transport: "websocket" });
  const [promised, held] = [await socket(), await socket()];
  const full = await socket();

  // The stream of what the first has promised comes to the second.
  const talk = await two.platform.connect(two.runner, new URL(promised.answer.wsUrl), {});
  await eventually(() => taken(setup).join() === "1,1");
  const stillFull = await socket();
  talk.close();
  await eventually(() => taken(setup).join() === "1,0");
  await eventually(async () => (await socket()).status === 200);

  assert.deepEqual([held.status, full.status, stillFull.status], [200, 503, 503]);
  assert.equal((await socket()).answer.code, "fleet_full");
});

Deno.test("in a full fleet a caller takes the place of a promise, or hears that all lines are busy", async () => {
  await using setup = await testFleet(2, { fleetMaxSessions: 1 });
  const [one, two] = setup.processes;
  assert.ok(one && two);
  await send(one.runner, "POST", "/start", {});

  await using caller = await callOn(two, "twilio");
  await assert.rejects(
    callOn(one, "twilio"),
    ({ code, message }: RunnerError) => code === "call_refused" && message.includes("busy"),
  );
  await caller.hangUp();
  await eventually(() => taken(setup)[1] === 0);
  await eventually(async () => await setup.fleet.hold("new", { ms: 1, most: 1, kind: "session" }));
});

Deno.test("a limit of the fleet needs a fleet, and one that counts", () => {
  const options = { fleetMaxSessions: 5, secret: "a secret that the processes share" };
  const { hold: _, ...uncounted } = Object.fromEntries(
    ["announce", "withdraw", "nodes", "claim", "owner", "release", "take", "hold"].map((name) => [
      name,
      () => Promise.resolve(),
    ]),
  );
  const fleet = uncounted as unknown as MemoryFleet;

  assert.throws(() => createRunner(() => {}, { fleetMaxSessions: 5 }), /needs a fleet/);
  assert.throws(
    () => createRunner(() => {}, { ...options, fleet, advertise: "http://10.0.0.1:7860" }),
    /needs a fleet that counts/,
  );
  assert.throws(() => createRunner(() => {}, { fleetMaxSessions: 0 }), /fleetMaxSessions/);
});

Deno.test("an offer whose client does not come has its place until that is known, and no longer", async () => {
  const webrtc = fakePeers({ late: true });
  await using setup = await testFleet(2, { fleetMaxSessions: 1, webrtc });
  const [one, two] = setup.processes;
  assert.ok(one && two);
  const { answer } = await send(one.runner, "POST", "/start", {});
  const offered = await send(two.runner, "POST", `/sessions/${answer.sessionId}/api/offer`, OFFER);
  const full = await send(two.runner, "POST", "/start", {});
  const held = await setup.fleet.hold("new", { ms: 1, most: 1, kind: "session" });

  for (const peer of webrtc.peers) peer.close();

  assert.deepEqual([offered.status, full.status, held], [200, 503, false]);
  await eventually(async () => (await send(two.runner, "POST", "/start", {})).status === 200);
});
