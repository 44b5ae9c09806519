import assert from "node:assert/strict";
import { Hono } from "hono";
import type { AppEnv } from "../../src/http/env.ts";
import { createRunner } from "../../src/runner.ts";
import { sharedStore } from "../support/fleet.ts";
import { fakeNetwork } from "../support/fake_network.ts";
import {
  changed,
  edgeOfTwo,
  mediaNode,
  OFFER,
  ONE,
  secret,
  send,
  TWO,
} from "./forwarding_runners.ts";

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
  const store = sharedStore();
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
