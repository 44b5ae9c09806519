/**
 * A runner in front of media nodes: what it forwards, to whom, and what becomes of it when a node
 * is gone.
 */
import assert from "node:assert/strict";
import { Hono } from "hono";
import type { RunnerArguments } from "../../src/core/bot.ts";
import { RunnerError } from "../../src/core/error.ts";
import { delay } from "../../src/core/wait.ts";
import { MemoryOnceStore } from "../../src/sessions/once.ts";
import { MemorySessionStore, type SessionStore } from "../../src/sessions/store.ts";
import type { AppEnv } from "../../src/http/env.ts";
import { createRunner, type Runner, type RunnerOptions } from "../../src/runner.ts";
import { memoryPlatform } from "../../src/testing/mod.ts";
import { fakeNetwork } from "../support/fake_network.ts";
import { fakePeers } from "../support/fake_peers.ts";

const secret = "a secret that two runners share";
const [ONE, TWO] = ["http://media1.test", "http://media2.test"] as const;
const OFFER = { sdp: "v=0 offer", type: "offer", pc_id: null, restart_pc: false };
const ICE = { candidate: "candidate:1", sdp_mid: "0", sdp_mline_index: 0 };

/** A media node whose bot reports its arguments and stays until its session ends. */
function mediaNode(options: RunnerOptions = {}) {
  const webrtc = fakePeers();
  const calls: RunnerArguments[] = [];
  const runner = createRunner(async (args) => {
    calls.push(args);
    await new Promise<void>((resolve) => args.signal.addEventListener("abort", () => resolve()));
  }, { webrtc, secret, ...options });
  const host = (request: Request) => runner.fetch(request, memoryPlatform());
  return { runner, calls, peers: webrtc.peers, host };
}

/** A runner without WebRTC in front of two media nodes. */
function edgeOfTwo(options: RunnerOptions = {}) {
  const [one, two] = [mediaNode(), mediaNode()];
  const network = fakeNetwork({ [ONE]: one.host, [TWO]: two.host });
  const edge = createRunner(() => {}, { secret, mediaNodes: [ONE, TWO], ...options });
  return {
    edge,
    one,
    two,
    network,
    /** What was sent to the nodes, besides questions about their load. */
    forwarded: () => network.sent.filter((line) => !line.endsWith("/readyz")),
    async [Symbol.asyncDispose]() {
      network[Symbol.dispose]();
      await Promise.all([one.runner.close(), two.runner.close(), edge.close()]);
    },
  };
}

async function send(runner: Runner, method: string, path: string, body: unknown = {}) {
  const response = await runner.fetch(
    new Request(`https://bot.test${path}`, { method, body: JSON.stringify(body) }),
  );
  return { status: response.status, headers: response.headers, answer: await response.json() };
}

/** Begins sessions through the edge until a node has one; tells its id. */
async function startOn(edge: Runner, node: { runner: Runner }): Promise<string> {
  for (let i = 0; i < 4; i++) {
    const { answer } = await send(edge, "POST", "/start", { body: { user: "u1" } });
    const { promised } = node.runner.sessions.load;
    if (promised > 0) return answer.sessionId;
  }
  throw new Error("The node was given no session");
}

function changed(id: string): string {
  return `${id.slice(0, 5)}${id[5] === "0" ? "1" : "0"}${id.slice(6)}`;
}

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

Deno.test("a changed id is a 404, and nobody else hears of it", async () => {
  await using setup = edgeOfTwo();
  const { edge, network } = setup;
  const { sessionId } = (await send(edge, "POST", "/start")).answer;
  const offer = await send(edge, "POST", `/sessions/${sessionId}/api/offer`, OFFER);
  const pc_id = changed(offer.answer.pc_id);
  network.sent.length = 0;

  const answers = await Promise.all([
    send(edge, "POST", `/sessions/${changed(sessionId)}/api/offer`, OFFER),
    send(edge, "PATCH", `/sessions/${changed(sessionId)}/api/offer`, { pc_id, candidates: [] }),
    send(edge, "POST", `/sessions/${crypto.randomUUID()}/api/offer`, OFFER),
    send(edge, "POST", `/sessions/${changed(sessionId)}/speak`),
    send(edge, "PATCH", "/api/offer", { pc_id, candidates: [] }),
    send(edge, "POST", "/api/offer", { ...OFFER, pc_id }),
    send(edge, "POST", "/api/offer", { ...OFFER, pc_id: "pc_1" }),
  ]);

  assert.deepEqual(answers.map(({ status }) => status), [404, 404, 404, 404, 404, 404, 404]);
  assert.ok(answers.every(({ answer }) => answer.code === "unknown_session"));
  assert.deepEqual(network.sent, []);
});

Deno.test("a media node refuses whoever comes to it past the runner in front", async () => {
  const { runner } = mediaNode();
  const id = crypto.randomUUID();
  const paths = ["/start", "/api/offer", `/sessions/${id}/api/offer`, `/sessions/${id}/speak`];

  for (const path of [...paths, "/%73tart", "/api/%6fffer", "/%73essions/1/x"]) {
    const { status, answer } = await send(runner, "POST", path, OFFER);

    assert.deepEqual([status, answer.code], [403, "not_forwarded"], path);
  }
  const ready = await runner.fetch(new Request(`${ONE}/readyz`));
  assert.equal(ready.status, 200);
  await runner.close();
});

Deno.test("a media node serves nothing but what is forwarded, and its health", async () => {
  const app = new Hono<AppEnv>().get("/own", (c) => c.text("own"));
  const { runner } = mediaNode({
    app,
    client: { "index.html": { type: "text/html", gzip: new Uint8Array(), immutable: false } },
    files: { open: () => Promise.resolve(undefined) },
    environment: { DAILY_API_KEY: "key" },
  });
  const status = async (method: string, path: string, headers: HeadersInit = {}) => {
    const response = await runner.fetch(new Request(`${ONE}${path}`, { method, headers }));
    await response.body?.cancel();
    return response.status;
  };
  const closed = ["/", "/client/", "/status", "/daily", "/files/a", "/own", "/ws", "/ws-client"];
  const webhooks = ["/twilio?CallSid=CA1", "/telnyx", "/plivo", "/exotel?CallSid=1", "/whatsapp"];

  for (const path of [...closed, ...webhooks, "/nothing", "/livez/", "/readyz/../status"]) {
    assert.equal(await status("GET", path, { upgrade: "websocket" }), 403, path);
    assert.equal(await status("POST", path), 403, path);
  }
  assert.deepEqual([await status("GET", "/livez"), await status("GET", "/readyz")], [200, 200]);
  await runner.close();
});

Deno.test("a header of a client's own opens nothing", async () => {
  await using setup = edgeOfTwo();
  const { edge, one, network } = setup;
  const headers: (string | null)[] = [];
  network.hosts.set(ONE, (request) => {
    headers.push(request.headers.get("pipecat-forwarded"));
    return one.host(request);
  });
  network.hosts.delete(TWO);
  const forged = "time=1800000000000&owner=0123456789ab&signature=0123456789abcdef";
  const start = (origin: string) =>
    new Request(`${origin}/start`, {
      method: "POST",
      body: "{}",
      headers: { "pipecat-forwarded": forged },
    });

  const [direct, through] = [
    await one.runner.fetch(start(ONE)),
    await edge.fetch(start("https://bot.test")),
  ];

  assert.deepEqual([direct.status, through.status], [403, 200]);
  assert.equal(headers.includes(forged), false);
});

Deno.test("a request whose body was exchanged on the way is refused", async () => {
  await using setup = edgeOfTwo();
  const { edge, one, network } = setup;
  const answers: number[] = [];
  network.hosts.delete(TWO);
  network.hosts.set(ONE, async (request) => {
    if (request.method === "GET") return await one.host(request);
    const { url, method, headers } = request;
    const response = await one.host(new Request(url, { method, headers, body: '{"body":1}' }));
    answers.push(response.status);
    return response;
  });

  const { status, answer } = await send(edge, "POST", "/start");

  assert.deepEqual(answers, [403]);
  assert.deepEqual([status, answer.code], [502, "node_failed"]);
});

Deno.test("a forwarded request that comes again is refused, on every node with the same store", async () => {
  const records = new MemorySessionStore();
  const store: SessionStore = {
    put: (key, record, ttl) => records.put(key, record, ttl),
    get: (key) => records.get(key),
    take: (key) => records.take(key),
    extend: (key, ttl) => records.extend(key, ttl),
    once: new MemoryOnceStore(),
  };
  const [one, two, other] = [mediaNode({ store }), mediaNode({ store }), mediaNode()];
  const heard: Request[] = [];
  const host = (request: Request) => {
    heard.push(request.clone());
    return one.host(request);
  };
  using _network = fakeNetwork({ [ONE]: host });
  const edge = createRunner(() => {}, { secret, mediaNodes: [ONE] });
  const started = await send(edge, "POST", "/start", { transport: "webrtc" });
  const replay = heard.find(({ method }) => method === "POST");
  assert.ok(replay);

  const again = await Promise.all([one, two].map(({ host }) => host(replay.clone())));
  const elsewhere = await other.host(replay.clone());

  assert.equal(started.status, 200);
  assert.deepEqual(again.map(({ status }) => status), [403, 403]);
  assert.equal((await again[0]?.json()).code, "replayed");
  assert.equal(elsewhere.status, 200, "a node with a store of its own does not know of it");
  await Promise.all([one, two, other].map(({ runner }) => runner.close()));
});

Deno.test("two of the same request at the same time are no replay", async () => {
  await using context = edgeOfTwo();
  const starts = Array.from(
    { length: 5 },
    () => send(context.edge, "POST", "/start", { transport: "webrtc" }),
  );

  const statuses = (await Promise.all(starts)).map(({ status }) => status);

  assert.deepEqual(statuses, [200, 200, 200, 200, 200]);
});

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
