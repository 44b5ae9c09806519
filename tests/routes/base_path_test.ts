/**
 * A runner below a path, as in a server that has pages of its own: every address that it tells begins
 * with that path.
 */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { Bot, RunnerArguments } from "../../src/core/bot.ts";
import { CARRIER_NAMES } from "../../src/core/transport_names.ts";
import { basePathOf, isBelow } from "../../src/core/origin.ts";
import { createRunner } from "../../src/runner.ts";
import type { RunnerOptions } from "../../src/runner_options.ts";
import { uploads } from "../../src/runtimes/uploads.ts";
import { call, memoryPlatform } from "../../src/testing/mod.ts";
import { fakePeers } from "../support/fake_peers.ts";
import { fakeNetwork } from "../support/fake_network.ts";

const html = new Blob(["<title>Ours</title>"]).stream();
const gzip = await new Response(html.pipeThrough(new CompressionStream("gzip"))).bytes();
const PAGE = { "index.html": { type: "text/html", gzip, immutable: false } };

/** A runner at `/voice`, or elsewhere; its bot notes its arguments and stays until its session ends. */
function mounted(options: RunnerOptions = {}, names?: readonly string[]) {
  const calls: RunnerArguments[] = [];
  const bot: Bot = async (args) => {
    calls.push(args);
    await new Promise<void>((resolve) => args.signal.addEventListener("abort", () => resolve()));
  };
  const bots = names ? Object.fromEntries(names.map((name) => [name, bot])) : bot;
  const runner = createRunner(bots, { basePath: "/voice", webrtc: fakePeers(), ...options });
  const platform = memoryPlatform();
  const ask = async (method: string, path: string, body?: unknown, headers = {}) => {
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const response = await runner.fetch(new Request(`http://bot.test${path}`, init), platform);
    const text = await response.text();
    const json = text.startsWith("{") ? JSON.parse(text) : undefined;
    return { status: response.status, location: response.headers.get("location"), text, json };
  };
  return { runner, calls, platform, ask };
}

const OFFER = { sdp: "v=0", type: "offer" };

Deno.test("all is served below the path, and nothing beside it", async () => {
  const { runner, ask } = mounted({ client: PAGE });

  for (const path of ["/status", "/client/", "/client"]) {
    assert.ok((await ask("GET", `/voice${path}`)).status < 400, path);
    assert.equal((await ask("GET", path)).status, 404, path);
    assert.equal((await ask("GET", `/voices${path}`)).status, 404, path);
  }
  assert.equal((await ask("POST", "/start", {})).status, 404);
  assert.equal((await ask("GET", "/voice/start")).status, 405);
  await runner.close();
});

Deno.test("a load balancer finds the health at either place", async () => {
  const { runner, ask } = mounted();

  for (const path of ["/livez", "/readyz", "/voice/livez", "/voice/readyz"]) {
    assert.equal((await ask("GET", path)).status, 200, path);
    assert.equal((await ask("POST", path)).status, 405, path);
  }
  await runner.close();
});

Deno.test("whoever opens the path is sent to the page below it", async () => {
  for (const basePath of ["/voice", "/client", "/a/client", "/a/b.c"]) {
    const { runner, ask } = mounted({ client: PAGE, basePath });

    assert.equal((await ask("GET", basePath)).location, `${basePath}/client/`);
    assert.equal((await ask("GET", `${basePath}/`)).location, basePath);
    assert.equal((await ask("GET", `${basePath}/client`)).location, `${basePath}/client/`);
    assert.equal((await ask("GET", `${basePath}/client/`)).status, 200);
    await runner.close();
  }
});

Deno.test("a session's own paths are below it, and the user's routes do not see it", async () => {
  const { runner, calls, ask } = mounted();
  runner.app.get("/hello/:name", (c) => c.text(`${c.req.path} ${c.var.session?.id ?? "none"}`));

  const { json: { sessionId } } = await ask("POST", "/voice/start", { body: { a: 1 } });
  const answer = await ask("POST", `/voice/sessions/${sessionId}/api/offer`, OFFER);
  const candidates = { pc_id: answer.json.pc_id, candidates: [] };
  const trickled = await ask("PATCH", `/voice/sessions/${sessionId}/api/offer`, candidates);
  const bare = await ask("POST", "/voice/api/offer", OFFER);
  const own = await ask("GET", `/voice/sessions/${sessionId}/hello/ann?x=1`);

  assert.deepEqual([answer.status, trickled.status, bare.status], [200, 200, 200]);
  assert.equal(own.text, `/hello/ann ${sessionId}`);
  assert.equal((await ask("GET", "/voice/hello/ann")).text, "/hello/ann none");
  assert.equal((await ask("GET", "/hello/ann")).status, 404);
  await runner.close();
  assert.deepEqual(calls.map(({ body }) => body), [{ a: 1 }, {}]);
});

/** What stands in front of the runner, and where the world then finds it. */
const PROXIES: readonly [name: string, RunnerOptions, Record<string, string>, origin: string][] = [
  ["nothing", {}, {}, "bot.test"],
  ["a proxy that is named", { publicUrl: "https://bot.example.com" }, {}, "bot.example.com"],
  [
    "a proxy that tells",
    { trustProxy: true },
    { "x-forwarded-proto": "https", "x-forwarded-host": "app.example.com" },
    "app.example.com",
  ],
];
for (const [name, options, headers, host] of PROXIES) {
  Deno.test(`the address of a WebSocket is below the path, behind ${name}`, async () => {
    const { runner, platform, calls, ask } = mounted({ ...options, insecureCarriers: true });
    const start = async (transport: string) =>
      (await ask("POST", "/voice/start", { transport }, headers)).json.wsUrl;

    const plain = new URL(await start("websocket"));
    const phone = new URL(await start("twilio"));

    assert.equal(plain.host, host);
    assert.match(plain.pathname, /^\/voice\/ws-client\/[\w-]+$/);
    assert.match(phone.pathname, /^\/voice\/ws\/[\w-]+/);
    await platform.connect(runner, `ws://bot.test${plain.pathname}`);
    await runner.close();
    assert.deepEqual(calls.map(({ transport }) => transport), ["websocket"]);
  });
}

for (const carrier of CARRIER_NAMES) {
  Deno.test(`${carrier} calls below the path, and streams there`, async () => {
    const { runner, calls } = mounted({ insecureCarriers: true });
    const path = carrier === "asterisk" ? "/voice/ws" : `/voice/${carrier}`;

    await using caller = await call(runner, { carrier, path });
    const streamed = new URL(caller.streamUrl).pathname;
    await new Promise((resolve) => setTimeout(resolve)); // lets the bot be called
    await caller.hangUp();
    await runner.close();

    assert.match(streamed, /^\/voice\/ws(\/|$)/);
    assert.deepEqual(calls.map(({ transport }) => transport), [carrier]);
  });
}

Deno.test("a call is dialled with addresses below the path", async () => {
  const asked: string[] = [];
  using _network = fakeNetwork({
    "https://api.twilio.com": async (request) => {
      asked.push(await request.text());
      return Response.json({ sid: "CA1" }, { status: 201 });
    },
  });
  const { runner } = mounted({
    publicUrl: "https://bot.example.com",
    environment: { TWILIO_ACCOUNT_SID: "AC1", TWILIO_AUTH_TOKEN: "secret" },
  });

  await runner.dial({ transport: "twilio", to: "+15551234567", from: "+15557654321" });
  await runner.close();

  const told = [...new URLSearchParams(asked[0])].flatMap(([, value]) => URL.parse(value) ?? []);
  const paths = told.map(({ pathname }) => pathname);
  assert.ok(paths.length >= 2);
  for (const path of paths) assert.match(path, /^\/voice\/twilio(\/|$)/);
});

Deno.test("uploads are told below the path", async () => {
  const storage = {
    save: () => Promise.resolve("pipecat:1"),
    read: () => Promise.resolve(undefined),
    delete: () => Promise.resolve(),
  };
  const { runner, ask } = mounted({ use: [uploads(storage)] });

  const { json: { sessionId, fileUploadUrl } } = await ask("POST", "/voice/start", {});
  await runner.close();

  assert.equal(fileUploadUrl, `/voice/sessions/${sessionId}/files`);
});

Deno.test("each bot of several is below the path, and below its name", async () => {
  const { runner, ask } = mounted({ client: PAGE }, ["greeter", "sales"]);

  const { json: { wsUrl } } = await ask("POST", "/voice/sales/start", { transport: "websocket" });
  const page = await ask("GET", "/voice/sales");
  const { json } = await ask("POST", "/voice/sales/start", {});
  const offered = await ask("POST", `/voice/sales/sessions/${json.sessionId}/api/offer`, OFFER);
  await runner.close();

  assert.match(wsUrl, /^ws:\/\/bot\.test\/voice\/sales\/ws-client\//);
  assert.equal(page.location, "/voice/sales/client/");
  assert.equal(offered.status, 200);
});

Deno.test("a media node of the same path takes what is forwarded, and nothing else", async () => {
  const secret = "a secret that two runners share";
  const node = mounted({ secret });
  using network = fakeNetwork({
    "http://media.test": (request) => node.runner.fetch(request, node.platform),
  });
  const edge = mounted({ secret, mediaNodes: ["http://media.test"], webrtc: false });

  const { json: { sessionId } } = await edge.ask("POST", "/voice/start", {});
  const offered = await edge.ask("POST", `/voice/sessions/${sessionId}/api/offer`, OFFER);
  const stranger = await node.ask("GET", "/voice/status");
  await Promise.all([edge.runner.close(), node.runner.close()]);

  assert.equal(offered.status, 200);
  assert.equal(stranger.json.code, "not_forwarded");
  assert.ok(network.sent.some((line) => line.includes("/voice/")), network.sent.join());
});

Deno.test("a path that is none is refused, and slashes around it do not matter", () => {
  for (const path of ["/a b", "/../x", "/voice?x", "/:id", "/*", "/a//b", "/%2e", "/a/."]) {
    assert.throws(() => createRunner(() => {}, { basePath: path }), { code: "bad_option" }, path);
  }
  assert.deepEqual(["voice", "/voice/", "/", ""].map(basePathOf), ["/voice", "/voice", "", ""]);
});

Deno.test("what is below a path begins with its segments, and not with its letters alone", () => {
  const segment = fc.stringMatching(/^[a-z]{1,3}$/);
  fc.assert(fc.property(fc.array(segment), fc.array(segment), (base, path) => {
    const text = (segments: string[]) => segments.map((each) => `/${each}`).join("");
    const expected = base.every((each, at) => path[at] === each);
    assert.equal(isBelow(text(path), text(base)), expected);
  }));
});
