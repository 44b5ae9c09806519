import assert from "node:assert/strict";
import { delay } from "../../src/core/wait.ts";
import { createRunner } from "../../src/runner.ts";
import { fakeNetwork } from "../support/fake_network.ts";
import { edgeOfTwo, mediaNode, OFFER, ONE, secret, send, TWO } from "./forwarding_runners.ts";

Deno.test("new sessions go to the node with the least to do", async () => {
  await using setup = edgeOfTwo();
  const { edge, one, two } = setup;

  for (let i = 0; i < 6; i++) await send(edge, "POST", "/start");

  assert.deepEqual([one, two].map(({ runner }) => runner.sessions.load.promised), [3, 3]);
});

Deno.test("many that come at once, before any node has told of itself, are spread all the same", async () => {
  await using setup = edgeOfTwo();
  const { edge, one, two, network } = setup;
  network.hosts.set(TWO, async (request) => {
    if (request.url.endsWith("/readyz")) await delay(20); // further away
    return await two.host(request);
  });

  await Promise.all(Array.from({ length: 8 }, () => send(edge, "POST", "/start")));

  assert.deepEqual([one, two].map(({ runner }) => runner.sessions.load.promised), [4, 4]);
});

Deno.test("nodes that can take more get more", async () => {
  const [small, large] = [{ maxSessions: 2 }, { maxSessions: 6 }];
  const [one, two] = [mediaNode({ limits: small }), mediaNode({ limits: large })];
  using _network = fakeNetwork({ [ONE]: one.host, [TWO]: two.host });
  const edge = createRunner(() => {}, { secret, mediaNodes: [ONE, TWO] });

  for (let i = 0; i < 4; i++) await send(edge, "POST", "/start");

  assert.deepEqual([one, two].map(({ runner }) => runner.sessions.load.promised), [1, 3]);
  await Promise.all([one.runner.close(), two.runner.close()]);
});

Deno.test("a node that hangs is waited for by nobody while another one is ready", async () => {
  await using setup = edgeOfTwo();
  const { edge, one, network } = setup;
  const hang = () => new Promise<Response>(() => {});
  const times: number[] = [];
  const start = async () => {
    const began = performance.now();
    const { status } = await send(edge, "POST", "/start");
    times.push(performance.now() - began);
    assert.equal(status, 200);
  };
  await start();
  network.hosts.set(TWO, hang);

  for (let i = 0; i < 12; i++) {
    await start();
    await delay(200); // what nodes have said of their load is asked for again after a second
  }

  assert.ok(Math.max(...times) < 1000, `${times}`);
  assert.ok(times.filter((ms) => ms > 400).length <= 1, `${times}`); // one finds it out
  assert.ok(one.runner.sessions.load.promised > 10);
});

Deno.test("a node that is full, or gone, is passed over; with none left it is a 503", async () => {
  const full = mediaNode({ limits: { maxSessions: 1 } });
  const other = mediaNode();
  using network = fakeNetwork({ [ONE]: full.host, [TWO]: other.host });
  const edge = createRunner(() => {}, {
    secret,
    mediaNodes: ["http://gone.test", ONE, TWO],
  });

  const started = [];
  for (let i = 0; i < 3; i++) started.push((await send(edge, "POST", "/start")).status);
  network.hosts.delete(TWO);
  const refused = await send(edge, "POST", "/start");
  const offer = await send(edge, "POST", "/api/offer", OFFER);

  assert.deepEqual(started, [200, 200, 200]);
  assert.equal(full.runner.sessions.load.promised, 1);
  for (const { status, headers } of [refused, offer]) {
    assert.equal(status, 503);
    assert.ok(Number(headers.get("retry-after")) > 0);
  }
  network.hosts.set(TWO, other.host);
  assert.equal((await send(edge, "POST", "/start")).status, 200, "it is back");
  await Promise.all([full.runner.close(), other.runner.close()]);
});

Deno.test("a node that refuses although it was ready is passed over, and not asked again", async () => {
  await using setup = edgeOfTwo();
  const { edge, one, two, forwarded } = setup;
  await Promise.all([send(edge, "POST", "/start"), send(edge, "POST", "/start")]);
  const drained = one.runner.drain({ deadlineMs: 10 });
  const before = forwarded().length;

  const started = [];
  for (let i = 0; i < 4; i++) started.push((await send(edge, "POST", "/start")).status);

  assert.deepEqual(started, [200, 200, 200, 200]);
  assert.equal(two.runner.sessions.load.promised, 5);
  assert.equal(forwarded().slice(before).filter((line) => line.includes(ONE)).length, 1);
  await drained;
});
