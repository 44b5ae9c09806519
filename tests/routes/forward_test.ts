/**
 * A runner in front of media nodes: what it forwards, to whom, and what becomes of it when a node
 * is gone.
 */
import assert from "node:assert/strict";
import { Hono } from "hono";
import { RunnerError } from "../../src/core/error.ts";
import type { AppEnv } from "../../src/http/env.ts";
import { createRunner, type RunnerOptions } from "../../src/runner.ts";
import { memoryPlatform } from "../../src/testing/mod.ts";
import { fakeNetwork } from "../support/fake_network.ts";
import {
  edgeOfTwo,
  ICE,
  mediaNode,
  OFFER,
  ONE,
  secret,
  send,
  startOn,
  TWO,
} from "./forwarding_runners.ts";

Deno.test("a session that was forwarded has one id, from /start to the bot", async () => {
  await using setup = edgeOfTwo();
  const { edge, one, two } = setup;

  const started = await send(edge, "POST", "/start", { body: { user: "u1" } });
  const { sessionId } = started.answer;
  const offer = await send(edge, "POST", `/sessions/${sessionId}/api/offer`, OFFER);
  const { pc_id } = offer.answer;
  const patch = await send(edge, "PATCH", `/sessions/${sessionId}/api/offer`, {
    pc_id,
    candidates: [ICE],
  });

  assert.deepEqual([started.status, offer.status, patch.status], [200, 200, 200]);
  assert.equal(started.headers.get("x-session-id"), sessionId);
  assert.equal(started.headers.get("pipecat-forwarded"), null);
  const calls = [...one.calls, ...two.calls];
  assert.deepEqual(calls.map((call) => [call.sessionId, call.body]), [[sessionId, { user: "u1" }]]);
  const [peer] = [...one.peers, ...two.peers];
  assert.equal(peer?.id, pc_id);
  assert.equal(peer?.candidates.length, 1);
  assert.equal(edge.sessions.load.promised, 0);
});

Deno.test("an offer without a session is forwarded, and its candidates follow", async () => {
  await using setup = edgeOfTwo();
  const { edge, one, two } = setup;

  const offer = await send(edge, "POST", "/api/offer", { ...OFFER, requestData: { user: "u2" } });
  const { pc_id } = offer.answer;
  const patch = await send(edge, "PATCH", "/api/offer", { pc_id, candidates: [ICE] });
  const again = await send(edge, "POST", "/api/offer", { ...OFFER, pc_id, restart_pc: true });

  assert.deepEqual([offer.status, patch.status, again.status], [200, 200, 200]);
  assert.equal(again.answer.pc_id, pc_id);
  assert.deepEqual([...one.calls, ...two.calls].map(({ body }) => body), [{ user: "u2" }]);
  assert.deepEqual([...one.peers, ...two.peers].map(({ offers }) => offers.length), [2]);
});

Deno.test("WebRTC is offered, and the other transports stay where they are", async () => {
  await using setup = edgeOfTwo();
  const { edge, forwarded } = setup;

  const { transports } = await (await edge.fetch(new Request("https://bot.test/status"))).json();
  const started = await send(edge, "POST", "/start", { transport: "websocket" });

  assert.ok(transports.includes("webrtc"));
  assert.match(started.answer.wsUrl, /^wss:\/\/bot\.test\/ws-client\//);
  assert.deepEqual(forwarded(), []);
});

Deno.test("a session whose node is gone, or has restarted, is a 410; new ones go on", async () => {
  await using setup = edgeOfTwo();
  const { edge, one, two, network } = setup;
  const sessionId = await startOn(edge, one);
  const offer = await send(edge, "POST", `/sessions/${sessionId}/api/offer`, OFFER);
  const { pc_id } = offer.answer;
  const ask = () =>
    Promise.all([
      send(edge, "POST", `/sessions/${sessionId}/api/offer`, OFFER),
      send(edge, "PATCH", `/sessions/${sessionId}/api/offer`, { pc_id, candidates: [] }),
      send(edge, "PATCH", "/api/offer", { pc_id, candidates: [] }),
      send(edge, "POST", `/sessions/${sessionId}/speak`),
    ]);

  network.hosts.delete(ONE);
  const gone = await ask();
  const next = await send(edge, "POST", "/start");
  const restarted = mediaNode();
  network.hosts.set(ONE, restarted.host);
  const forgotten = await ask();

  for (const { status, answer } of [...gone, ...forgotten]) {
    assert.deepEqual([status, answer.code], [410, "session_gone"]);
  }
  assert.equal(next.status, 200);
  assert.ok(two.runner.sessions.load.promised > 0);
  await restarted.runner.close();
});

Deno.test("a session of a node that is not on the list any more is a 410", async () => {
  await using setup = edgeOfTwo();
  const sessionId = await startOn(setup.edge, setup.one);
  const smaller = createRunner(() => {}, { secret, mediaNodes: [TWO] });

  const { status } = await send(smaller, "POST", `/sessions/${sessionId}/api/offer`, OFFER);

  assert.equal(status, 410);
});

Deno.test("candidates get through to a node that cannot be reached for a moment", async () => {
  await using setup = edgeOfTwo();
  const { edge, one, network } = setup;
  const sessionId = await startOn(edge, one);
  const { pc_id } = (await send(edge, "POST", `/sessions/${sessionId}/api/offer`, OFFER)).answer;
  const failures: (() => Response)[] = [
    () => {
      throw new TypeError("Connection reset");
    },
    () => new Response("Bad gateway", { status: 502 }), // of a proxy in front of the node
  ];
  network.hosts.set(ONE, (request) => failures.shift()?.() ?? one.host(request));

  const patch = await send(edge, "PATCH", `/sessions/${sessionId}/api/offer`, {
    pc_id,
    candidates: [ICE],
  });

  assert.equal(patch.status, 200);
  assert.deepEqual(failures, []);
  assert.equal(one.peers[0]?.candidates.length, 1);
});

Deno.test("what a node may have done is not sent to it again", async () => {
  await using setup = edgeOfTwo();
  const { edge, one, network, forwarded } = setup;
  const sessionId = await startOn(edge, one);
  network.hosts.set(ONE, (request) => {
    if (request.method === "GET") return one.host(request);
    throw new TypeError("Connection reset");
  });
  network.sent.length = 0;

  const { status, answer } = await send(edge, "POST", `/sessions/${sessionId}/api/offer`, OFFER);

  assert.deepEqual([status, answer.code], [502, "node_failed"]);
  assert.equal(forwarded().length, 1);
});

Deno.test("a user's route answers through the runner in front as it does by itself", async () => {
  const app = new Hono<AppEnv>()
    .all("/speak", async (c) => {
      const { method, url } = c.req;
      const seen = {
        id: c.var.session?.id,
        method,
        url,
        text: await c.req.text(),
        address: c.env.platform?.remoteAddress?.(),
        for: c.req.header("x-forwarded-for"),
        authorization: c.req.header("authorization"),
        named: c.req.header("x-between-hosts"),
        own: c.req.header("pipecat-forwarded"),
      };
      c.header("set-cookie", "a=1");
      c.header("set-cookie", "b=2", { append: true });
      c.header("keep-alive", "timeout=5");
      return c.json(seen, 201);
    })
    .get("/stream", () => new Response(new Blob(["one ", "two"]).stream()))
    .get("/nothing", (c) => c.body(null, 204))
    .get("/away", (c) => c.redirect("/elsewhere"))
    .get("/missing", (c) => c.text("not here", 404));
  const node = mediaNode({ app });
  using _network = fakeNetwork({ [ONE]: node.host });
  const edge = createRunner(() => {}, {
    secret,
    mediaNodes: [ONE],
    publicUrl: "https://bot.example.com",
  });
  const platform = { ...memoryPlatform(), remoteAddress: () => "2001:db8::7" };
  const { sessionId } = (await send(edge, "POST", "/start")).answer;
  const ask = (path: string, init: RequestInit = {}) =>
    edge.fetch(new Request(`https://edge.test/sessions/${sessionId}/${path}`, init), platform);

  const spoken = await ask("speak?q=a%20b", {
    method: "PUT",
    body: "hello",
    headers: {
      authorization: "Bearer 1",
      connection: "x-between-hosts",
      "x-between-hosts": "1",
      "x-forwarded-for": "192.0.2.1",
    },
  });
  const plain = await Promise.all(
    ["stream", "nothing", "away", "missing"].map((path) => ask(path)),
  );

  assert.equal(spoken.status, 201);
  assert.deepEqual(await spoken.json(), {
    id: sessionId,
    method: "PUT",
    url: "https://bot.example.com/speak?q=a%20b",
    text: "hello",
    address: "2001:db8::7",
    for: "2001:db8::7",
    authorization: "Bearer 1",
  });
  assert.deepEqual(spoken.headers.getSetCookie(), ["a=1", "b=2"]);
  assert.equal(spoken.headers.get("keep-alive"), null);
  assert.equal(spoken.headers.get("pipecat-forwarded"), null);
  assert.deepEqual(plain.map(({ status }) => status), [200, 204, 302, 404]);
  assert.equal(await plain[0]?.text(), "one two");
  assert.equal(plain[2]?.headers.get("location"), "/elsewhere");
  assert.equal(await plain[3]?.text(), "not here");
  await node.runner.close();
});

Deno.test("bodies that are too large go no further", async () => {
  await using setup = edgeOfTwo();
  const { edge, network } = setup;
  const { sessionId } = (await send(edge, "POST", "/start")).answer;
  network.sent.length = 0;
  const sdp = "v=0".padEnd(1_000_000);

  const large = await send(edge, "POST", `/sessions/${sessionId}/api/offer`, { ...OFFER, sdp });
  const free = await send(edge, "POST", "/api/offer", { ...OFFER, sdp });

  assert.deepEqual([large.status, free.status], [413, 413]);
  assert.deepEqual(network.sent, []);
});

Deno.test("replicas forward to each other, once", async () => {
  const options = { mediaNodes: [ONE, TWO] };
  const [one, two] = [mediaNode(options), mediaNode(options)];
  using network = fakeNetwork({ [ONE]: one.host, [TWO]: two.host });

  for (let i = 0; i < 4; i++) {
    const { sessionId } = (await send(one.runner, "POST", "/start")).answer;
    const offer = await send(two.runner, "POST", `/sessions/${sessionId}/api/offer`, OFFER);
    assert.equal(offer.status, 200);
  }

  assert.deepEqual([one.calls.length, two.calls.length], [2, 2]);
  assert.equal(network.sent.filter((line) => line.endsWith("/start")).length, 4);
  await Promise.all([one.runner.close(), two.runner.close()]);
});

Deno.test("media nodes need a secret, and have to be origins", () => {
  const code = (options: RunnerOptions) => {
    try {
      createRunner(() => {}, options);
    } catch (error) {
      return error instanceof RunnerError ? error.code : error;
    }
  };

  assert.equal(code({ mediaNodes: [ONE] }), "no_secret");
  assert.equal(code({ mediaNodes: ["media1.test"], secret }), "bad_option");
  assert.equal(code({ mediaNodes: [`${ONE}/path`], secret }), "bad_option");
  assert.equal(code({ mediaNodes: [`${ONE}/`], secret }), undefined);
  assert.equal(code({ mediaNodes: [ONE], environment: { RUNNER_SECRET: secret } }), undefined);
  assert.equal(code({ secret: "short" }), "bad_option");
});
