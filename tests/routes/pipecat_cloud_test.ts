/**
 * A container on Pipecat Cloud, with the platform in front of it.
 */
import assert from "node:assert/strict";
import type { Bot, RunnerArguments } from "../../src/core/bot.ts";
import { hostRunner } from "../../src/runner.ts";
import type { RunnerOptions } from "../../src/runner_options.ts";
import { pipecatCloud, shutdownMs } from "../../src/runtimes/pipecat_cloud.ts";
import { decodeFrame, encodeMessage } from "../../src/serializers/protobuf.ts";
import { createTransport } from "../../src/transports/create.ts";
import { cloudIceServers } from "../../src/ways/pipecat_cloud/ice_servers.ts";
import { fakeNetwork } from "../support/fake_network.ts";
import { fakePeers } from "../support/fake_peers.ts";
import { pipecatCloudInFront } from "../support/pipecat_cloud.ts";

const OFFER = { sdp: "v=0", type: "offer", pc_id: null, restart_pc: false };
const ROOM = { url: "https://you.daily.co/room", token: "a-token" };
const FLOW = "initial_node: greet\n";

/** A container whose bot notes its arguments, and stays until its session ends, or is told to go. */
function container(options: RunnerOptions = {}, bot?: Bot) {
  const calls: RunnerArguments[] = [];
  const { promise: gone, resolve: go } = Promise.withResolvers<void>();
  const noting: Bot = async (args) => {
    calls.push(args);
    if (bot) return await bot(args);
    const ended = new Promise<void>((resolve) =>
      args.signal.addEventListener("abort", () => resolve())
    );
    await Promise.race([ended, gone]);
  };
  const { ways, iceServers: _, ...settings } = pipecatCloud({});
  const webrtc = fakePeers();
  const runner = hostRunner(noting, { ...settings, webrtc, ...options }, ways);
  return { runner, calls, webrtc, go, cloud: pipecatCloudInFront(runner) };
}

const json = ({ text }: { readonly text: string }) => JSON.parse(text);
const base64 = (value: unknown) => encodeURIComponent(btoa(JSON.stringify(value)));

Deno.test("a session by WebRTC is held open from /bot until its client has left", async () => {
  const { runner, calls, webrtc, cloud } = container();
  const session = cloud.start({ transport: "webrtc", body: { user: "ann" } });

  assert.ok(await session.held());
  const answer = await session.send("POST", "/api/offer", OFFER);
  const candidates = { pc_id: json(answer).pc_id, candidates: [] };
  const trickled = await session.send("PATCH", "/api/offer", candidates);
  assert.ok(await session.held());
  webrtc.peers[0]?.close();
  const over = await session.over;
  await runner.close();

  assert.deepEqual([answer.status, json(answer).type], [200, "answer"]);
  assert.deepEqual(json(trickled), { status: "success" });
  assert.deepEqual(over, { status: 200, json: {} });
  assert.deepEqual(calls.map(({ transport, sessionId, body }) => [transport, sessionId, body]), [
    ["webrtc", session.id, { user: "ann" }],
  ]);
});

Deno.test("one client connects at a time, and may offer again", async () => {
  const { runner, webrtc, cloud } = container();
  const first = cloud.start({ transport: "webrtc" });
  const { pc_id } = json(await first.send("POST", "/api/offer", OFFER));

  const another = await first.send("POST", "/api/offer", OFFER);
  const mismatch = await first.send("POST", "/api/offer", { ...OFFER, pc_id: "pc_other" });
  const again = await first.send("POST", "/api/offer", { ...OFFER, pc_id });
  webrtc.peers[0]?.close();
  await first.over;
  const second = cloud.start({ transport: "webrtc" });
  const next = await second.send("POST", "/api/offer", OFFER);
  await runner.close();

  const active = "Cannot create new connection with existing connection active";
  assert.deepEqual([another.status, json(another).detail], [400, active]);
  assert.deepEqual([mismatch.status, json(mismatch).detail], [
    400,
    "PC ID mismatch with existing connection",
  ]);
  assert.deepEqual([again.status, json(again).pc_id], [200, pc_id]);
  assert.equal(next.status, 200);
  assert.equal((await second.over).status, 200);
});

Deno.test("what the client sends beside its offer goes before the body of the start", async () => {
  const { runner, calls, cloud } = container();
  const session = cloud.start({ transport: "webrtc", body: { a: 1 } });

  await session.send("POST", "/api/offer", { ...OFFER, requestData: { b: 2 } });
  assert.ok(await session.held());
  await runner.close();

  assert.deepEqual(calls.map(({ body }) => body), [{ b: 2 }]);
});

Deno.test("a bot joins the room that the platform has made, and its return ends the session", async () => {
  const { runner, calls, go, cloud } = container();
  const session = cloud.start({ room: ROOM, body: { user: "ann" } });

  assert.ok(await session.held());
  go();
  const { status } = await session.over;
  await runner.close();

  const [args] = calls;
  assert.ok(args?.transport === "daily");
  assert.deepEqual([args.roomUrl, args.token, args.body], [ROOM.url, ROOM.token, { user: "ann" }]);
  assert.deepEqual([status, args.sessionId], [200, session.id]);
});

Deno.test("a bot that throws ends its session, and the next one begins in the same process", async () => {
  const { runner, calls, cloud } = container({}, () => {
    throw new Error("of the bot");
  });

  const first = await cloud.start({ room: ROOM }).over;
  const second = await cloud.start({ room: ROOM }).over;
  await runner.close();

  assert.deepEqual([first.status, second.status, calls.length], [200, 200, 2]);
});

Deno.test("a client on /ws speaks Pipecat's frames from its first message on", async () => {
  const { runner, calls, cloud } = container({}, async (args) => {
    await using transport = await createTransport(args);
    for await (const _ of transport.readable);
  });
  const session = cloud.visit();
  const ready = { label: "rtvi-ai", type: "client-ready", id: "1", data: { version: "2.0.0" } };

  const client = await session.connect(`?body=${base64({ user: "ann" })}`);
  const reader = client.readable.getReader();
  client.send(encodeMessage(ready));
  const { value } = await reader.read();
  client.close();
  await cloud.platform.settled();
  await runner.close();

  const frame = decodeFrame(value as Uint8Array<ArrayBuffer>);
  assert.equal(frame.type === "message" && Object(frame.data).type, "bot-ready");
  assert.deepEqual(calls.map(({ transport, sessionId, body }) => [transport, sessionId, body]), [
    ["websocket", session.id, { user: "ann" }],
  ]);
});

Deno.test("a ?body= that is none is nothing, as on the base image", async () => {
  const { runner, calls, cloud } = container();

  for (const query of ["", "?body=%%%", `?body=${btoa("{")}`]) {
    const client = await cloud.visit().connect(query);
    client.send(encodeMessage({ hello: true }));
    await new Promise((resolve) => setTimeout(resolve, 5));
    client.close();
  }
  await cloud.platform.settled();
  await runner.close();

  assert.deepEqual(calls.map(({ body }) => body), [{}, {}, {}]);
});

Deno.test("a carrier's stream is the platform's session, though its signature is for the platform", async () => {
  const environment = { TWILIO_AUTH_TOKEN: "a secret", TWILIO_ACCOUNT_SID: "AC1" };
  const { runner, calls, cloud } = container({ environment });
  const session = cloud.visit();

  const client = await session.connect(`?body=${base64({ line: 1 })}`, {
    "x-twilio-signature": "of another address",
  });
  client.send(JSON.stringify({ event: "connected", protocol: "Call", version: "1.0.0" }));
  const start = { streamSid: "MZ1", callSid: "CA1", accountSid: "AC1", tracks: ["inbound"] };
  const mediaFormat = { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 };
  client.send(JSON.stringify({
    event: "start",
    sequenceNumber: "1",
    streamSid: "MZ1",
    start: { ...start, mediaFormat, customParameters: {} },
  }));
  await new Promise((resolve) => setTimeout(resolve, 5));
  client.close();
  await cloud.platform.settled();
  await runner.close();

  assert.deepEqual(calls.map(({ transport, sessionId, body }) => [transport, sessionId, body]), [
    ["twilio", session.id, { line: 1 }],
  ]);
});

Deno.test("a session names its flow in an envelope, which a header marks and not its shape", async () => {
  const { runner, calls, cloud } = container();
  const lookalike = { body: { real: true }, flow_config: "no" };

  const daily = cloud.start({ room: ROOM, body: { a: 1 }, flow: FLOW });
  const plain = cloud.start({ room: ROOM, body: lookalike });
  const webrtc = cloud.start({ transport: "webrtc", body: { b: 2 }, flow: FLOW });
  await webrtc.send("POST", "/api/offer", OFFER);
  assert.deepEqual(await Promise.all([daily.held(), plain.held(), webrtc.held()]), [
    true,
    true,
    true,
  ]);
  await runner.close();

  assert.deepEqual(calls.map(({ body, flowConfig }) => [body, flowConfig]), [
    [{ a: 1 }, FLOW],
    [lookalike, undefined],
    [{ b: 2 }, FLOW],
  ]);
});

Deno.test("an envelope that is none, and a session without a transport, never reach the bot", async () => {
  const { runner, calls, cloud } = container();
  const marked = { "x-pcc-start-envelope": "1" };

  const wrong = await Promise.all([
    ...[null, "", " \n", 42, { node: 1 }].map((flow) => cloud.start({ room: ROOM, flow }).over),
    cloud.start({ room: ROOM, body: { flow_config: FLOW }, headers: marked }).over,
    cloud.start({ room: ROOM, body: { body: {} }, headers: marked }).over,
    cloud.start({ room: ROOM, flow: FLOW, headers: { "x-pcc-start-envelope": "99" } }).over,
    cloud.start({ body: {} }).over,
  ]);
  await assert.rejects(cloud.visit().connect("", { "x-pcc-flow-config-file": "1.flow" }), /flow/);
  await runner.close();

  assert.deepEqual(wrong.map(({ status }) => status), wrong.map(() => 400));
  assert.equal(calls.length, 0);
});

Deno.test("a session that lasts longer than the platform allows is ended", async () => {
  const { runner, calls, cloud } = container();

  const { status } = await cloud.start({ room: ROOM, mostSeconds: "0.02" }).over;
  const unlimited = cloud.start({ room: ROOM, mostSeconds: "soon" });
  assert.ok(await unlimited.held());
  await runner.close();

  assert.deepEqual([status, calls.length], [200, 2]);
  assert.ok(calls[0]?.signal.aborted);
});

Deno.test("a start whose client does not come is an error after two minutes", async () => {
  const real = globalThis.setTimeout;
  const { runner, cloud } = container();
  // Deno's own types of timers differ from those of Node beside them.
  globalThis.setTimeout =
    ((run: () => void, ms = 0) => real(run, ms === 120_000 ? 1 : ms)) as typeof setTimeout;
  try {
    const { status } = await cloud.start({ transport: "webrtc" }).over;
    assert.equal(status, 504);
  } finally {
    globalThis.setTimeout = real;
    await runner.close();
  }
});

Deno.test("the user's routes know the session by the platform's header", async () => {
  const { runner, cloud } = container();
  runner.app.get("/hello", (c) => c.text(c.var.session?.id ?? "none"));
  const session = cloud.start({ room: ROOM });
  await session.held();

  const known = await session.send("GET", "/hello");
  const unknown = await cloud.visit().send("GET", "/hello");
  await runner.close();

  assert.deepEqual([known.text, unknown.text], [session.id, "none"]);
});

Deno.test("the platform learns whether the bot is ready, as the bot says it", async () => {
  const reports = [
    [undefined, 200, "ok"],
    [() => true, 200, "ready"],
    [() => Promise.resolve(false), 503, "not ready"],
    [() => ({ ready: true, models: 2 }), 200, "ready"],
    [() => ({ ready: false, status: "loading" }), 503, "loading"],
  ] as const;
  for (const [readyz, status, said] of reports) {
    const { runner, cloud } = container(readyz ? { readyz } : {});
    const ready = await cloud.probe("/readyz");
    const live = await cloud.probe("/livez");
    await runner.close();

    assert.deepEqual([ready.status, ready.json.status, live.status], [status, said, 200]);
  }
});

Deno.test("the platform's ICE servers are asked for, and what is wrong with them is said", async () => {
  const server = { urls: ["turn:turn.example.com:3478"], username: "u", credential: "c" };
  const bare = { urls: "stun:stun.example.com:3478", username: "", credential: "" };
  const answers = [
    Response.json({ iceConfig: { iceServers: [server, bare] } }),
    Response.json({}),
    new Response("no", { status: 500 }),
  ];
  using network = fakeNetwork({
    "http://localhost:9090": () => answers.shift() ?? Response.error(),
  });

  assert.deepEqual(await cloudIceServers()(), [server, { urls: ["stun:stun.example.com:3478"] }]);
  assert.deepEqual(await cloudIceServers()(), []);
  await assert.rejects(async () => await cloudIceServers()(), { code: "unreachable" });
  assert.ok(network.sent.every((line) => line === "GET http://localhost:9090/ice-servers"));
});

Deno.test("the platform's variables say where to listen, and how long to drain", () => {
  assert.deepEqual([pipecatCloud({}).port, pipecatCloud({ PORT: "9000" }).port], [8080, 9000]);
  assert.equal(pipecatCloud({}).hostname, "0.0.0.0");
  assert.deepEqual([shutdownMs({}), shutdownMs({ SHUTDOWN_TIMEOUT: "30" })], [7_200_000, 30_000]);
});
