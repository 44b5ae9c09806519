/**
 * What Prometheus finds at `/metrics`.
 */
import assert from "node:assert/strict";
import { createJitterBuffer } from "../../src/audio/jitter_buffer.ts";
import { audioFaultsOf } from "../../src/core/audio_faults.ts";
import type { Bot, RunnerArguments } from "../../src/core/bot.ts";
import { countFailure } from "../../src/core/failures.ts";
import { type RunnerServer, serve, type ServeOptions } from "../../src/runtimes/deno.ts";
import { metrics } from "../../src/features/metrics/metrics.ts";
import type { Bots } from "../../src/sessions/bots.ts";
import type { Feature } from "../../src/features/feature.ts";
import type { AudioFrame } from "../../src/core/frame.ts";
import { createTransport } from "../../src/transports/create.ts";
import type { Transport } from "../../src/transports/transport.ts";
import { sine } from "../audio/signals.ts";
import { call } from "../../src/testing/call.ts";

const TOKEN = "a-token-of-a-good-length";

function serving(bot: Bot | Bots, options: ServeOptions = {}): Promise<RunnerServer> {
  const environment = {};
  return serve(bot, { port: 0, webrtc: false, metricsToken: TOKEN, environment, ...options });
}

async function scrape({ url }: RunnerServer, token = TOKEN): Promise<Response> {
  return await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
}

/** What a feature tells whoever brings the token. */
async function textOf({ routes }: Feature): Promise<string> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  return await (await routes!.request("/metrics", { headers })).text();
}

/** Half-loud sound. */
function tone(ms: number): AudioFrame {
  return { type: "audio", samples: sine(440, 8000, ms / 1000), sampleRate: 8000, channels: 1 };
}

function silence(ms: number): AudioFrame {
  return { ...tone(ms), samples: new Int16Array(ms * 8) };
}

/** The samples of a scrape: name and labels, and the value. */
async function samples(server: RunnerServer): Promise<Map<string, number>> {
  return read(await (await scrape(server)).text());
}

function read(text: string): Map<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => {
    const [, sample = "", value] = /^(.+) (\S+)$/.exec(line) ?? [];
    return [sample.replace(/^pipecat_runner_/, ""), Number(value?.replace("Inf", "Infinity"))];
  }));
}

Deno.test("sessions are counted by transport and by how they ended", async () => {
  const { promise: leave, resolve: letLeave } = Promise.withResolvers<void>();
  const { promise: called, resolve: nowCalled } = Promise.withResolvers<void>();
  await using server = await serving(({ transport }) => {
    if (transport === "plivo") throw new Error("broken");
    nowCalled();
    return leave;
  });

  const failed = await call(server.url, { carrier: "plivo", pace: "fast" });
  await failed.ended;
  const running = await call(server.url, { carrier: "twilio", pace: "fast" });
  await called;
  const during = await samples(server);
  letLeave();
  await running.ended;
  await Promise.all([...server.runner.sessions].map(({ done }) => done));
  const after = await samples(server);

  assert.equal(during.get(`sessions{transport="twilio"}`), 1);
  assert.equal(during.get(`sessions{transport="plivo"}`), 0);
  assert.equal(after.get(`sessions{transport="twilio"}`), 0);
  assert.equal(after.get(`sessions_started_total{transport="twilio"}`), 1);
  assert.equal(after.get(`sessions_ended_total{transport="twilio",outcome="returned"}`), 1);
  assert.equal(after.get(`sessions_ended_total{transport="plivo",outcome="failed"}`), 1);
  assert.equal(after.get(`session_duration_seconds_count{transport="twilio"}`), 1);
  assert.equal(after.get(`session_start_seconds_count{transport="twilio"}`), 1);
});

Deno.test("requests are counted by route and status, refusals by reason", async () => {
  const routes = `http_request_duration_seconds_count`;
  await using server = await serving(() => {}, { wsAuth: "token" });
  const ask = async (path: string, init?: RequestInit) =>
    await (await fetch(`${server.url}${path}`, init)).body?.cancel();

  await ask("/start", { method: "POST", body: `{"transport":"websocket"}` });
  await ask("/sessions/6c1f/x");
  await ask("/secret/path/of/4711");
  const socket = new WebSocket(`${server.url}/ws-client/wrong`);
  await new Promise((resolve) => socket.addEventListener("close", resolve));
  await scrape(server, "wrong").then(({ body }) => body?.cancel());
  const found = await samples(server);

  assert.equal(found.get(`${routes}{method="POST",route="/start",status="200"}`), 1);
  assert.equal(found.get(`${routes}{method="GET",route="/sessions",status="404"}`), 1);
  assert.equal(found.get(`${routes}{method="GET",route="other",status="404"}`), 1);
  assert.equal(found.get(`${routes}{method="GET",route="/metrics",status="401"}`), 1);
  assert.equal(found.get(`${routes}{method="GET",route="/ws-client",status="403"}`), 1);
  assert.equal(found.get(`refused_total{reason="bad_token"}`), 1);
  assert.ok(found.has("event_loop_lag_seconds_count"));
  assert.ok(![...found.keys()].join().includes("4711"));
});

Deno.test("audio that came late or never is counted, with whose it was", async () => {
  await using server = await serving(() => {});
  const before = await samples(server);
  const buffer = createJitterBuffer<string>({ holdMs: 10, faults: audioFaultsOf("webrtc") });

  for (const sequence of [1, 2, 5]) buffer.push(sequence, 0, "", 0);
  buffer.take(100);
  buffer.push(3, 0, "", 200);
  audioFaultsOf("telnyx").stale++;
  const after = await samples(server);

  const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  assert.equal(grown(`audio_lost_frames_total{transport="webrtc",speaker="user"}`), 2);
  assert.equal(grown(`audio_late_frames_total{transport="webrtc",speaker="user"}`), 1);
  assert.equal(grown(`audio_stale_frames_total{transport="telnyx",speaker="bot"}`), 1);
});

Deno.test("how much the runner takes on is told, and how much it has promised", async () => {
  await using server = await serving(() => {}, { limits: { maxSessions: 3 } });
  await using unlimited = await serving(() => {});
  const begun = await fetch(`${server.url}/start`, {
    method: "POST",
    body: `{"transport":"websocket"}`,
  });
  await begun.body?.cancel();

  const found = await samples(server);
  const drained = server.runner.drain({ deadlineMs: 200 });
  const draining = await samples(server);
  await drained;

  assert.equal(found.get("sessions_max"), 3);
  assert.equal(found.get("sessions_promised"), 1);
  assert.equal(found.get("ready"), 1);
  assert.equal(draining.get("ready"), 0);
  assert.equal((await samples(unlimited)).get("sessions_max"), Infinity);
});

Deno.test("the process says what it takes, and which program it is", async () => {
  const now = Date.now() / 1000;
  await using server = await serving(() => {});

  const found = await samples(server);

  const began = found.get("process_start_time_seconds") ?? 0;
  assert.ok(began > now - 24 * 3600 && began <= now, `${began}`);
  assert.ok((found.get("process_resident_memory_bytes") ?? 0) > 10e6);
  assert.ok((found.get("process_cpu_seconds_total") ?? 0) > 0);
  const build = [...found.keys()].find((name) => name.startsWith("build_info{")) ?? "";
  assert.match(build, /version="\d+\.\d+\.\d+",runtime="deno",runtime_version="\d+\.\d+\.\d+"/);
});

Deno.test("what fails that the runner depends on is counted", async () => {
  const failing = () => Promise.reject(new Error("gone"));
  const store = { put: failing, get: failing, take: failing, extend: failing };
  await using server = await serving(() => {}, { store });
  const before = await samples(server);

  const refused = await fetch(`${server.url}/start`, {
    method: "POST",
    body: `{"transport":"websocket"}`,
  });
  await refused.body?.cancel();
  countFailure("carrier", "twilio", "hang_up");
  countFailure("forward", "unreachable");
  const after = await samples(server);

  const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  assert.equal(refused.status, 503);
  assert.equal(grown(`store_failures_total{operation="put"}`), 1);
  assert.equal(grown(`carrier_command_failures_total{carrier="twilio",command="hang_up"}`), 1);
  assert.equal(grown(`forward_failures_total{reason="unreachable"}`), 1);
});

Deno.test("how well a call went is observed when it ends, both ways", async () => {
  const feature = metrics(TOKEN);
  const stream = { lossRatio: 0.03, jitterMs: 12, mos: 3.9 };
  const stats = () => ({ roundTripMs: 120, user: stream, bot: { ...stream, lossRatio: 0 } });
  const args = { sessionId: "1" } as RunnerArguments;

  await feature.session?.({ id: "1", transport: "webrtc" }, () => {
    feature.tap?.({ stats } as Transport, args);
    return Promise.resolve({ outcome: "left" });
  });
  await feature.close?.();
  const found = read(await textOf(feature));

  const user = `transport="webrtc",speaker="user"`;
  assert.equal(found.get(`call_round_trip_seconds_sum{transport="webrtc"}`), 0.12);
  assert.equal(found.get(`call_jitter_seconds_sum{${user}}`), 0.012);
  assert.equal(found.get(`call_loss_ratio_sum{${user}}`), 0.03);
  assert.equal(found.get(`call_loss_ratio_sum{${user.replace("user", "bot")}}`), 0);
  assert.equal(found.get(`call_mos_sum{${user}}`), 3.9);
  assert.equal(found.get(`first_bot_audio_seconds_count{transport="webrtc"}`), undefined);
});

Deno.test("it is told how soon the bot was heard, and how far the carrier is", async () => {
  await using server = await serving(async (args) => {
    await using transport = await createTransport(args);
    await transport.say(silence(300)).done;
    await transport.say(tone(500)).done;
  });

  await using caller = await call(server.url, { carrier: "twilio" });
  await caller.ended;
  await Promise.all([...server.runner.sessions].map(({ done }) => done));
  const found = await samples(server);

  const twilio = `{transport="twilio"}`;
  const heardAfter = found.get(`first_bot_audio_seconds_sum${twilio}`) ?? 0;
  assert.equal(found.get(`first_bot_audio_seconds_count${twilio}`), 1);
  assert.ok(heardAfter >= 0.3 && heardAfter < 1.5, `${heardAfter} s`);
  assert.equal(found.get(`call_round_trip_seconds_count${twilio}`), 1);
});

Deno.test("of several bots the routes are the same, without their names", async () => {
  const bots = { greeter: () => {}, sales: () => {} };
  await using server = await serving(bots);

  const answer = await fetch(`${server.url}/sales/start`, {
    method: "POST",
    body: `{"transport":"websocket"}`,
  });
  await answer.body?.cancel();

  const name = `http_request_duration_seconds_count{method="POST",route="/start",status="200"}`;
  assert.equal((await samples(server)).get(name), 1);
});

Deno.test("nobody reads the metrics without the token, nor without being asked for", async () => {
  await using server = await serving(() => {});
  await using quiet = await serve(() => {}, { port: 0, webrtc: false, environment: {} });

  const none = await fetch(`${server.url}/metrics`);
  const wrong = await scrape(server, `${TOKEN}x`);
  const off = await scrape(quiet);
  const right = await scrape(server);

  assert.deepEqual([none.status, wrong.status, off.status, right.status], [401, 401, 404, 200]);
  assert.equal(none.headers.get("www-authenticate"), "Bearer");
  assert.match(right.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  await Promise.all([none, wrong, off, right].map(({ body }) => body?.cancel()));
});

Deno.test("a token that can be guessed is refused", async () => {
  await assert.rejects(serving(() => {}, { metricsToken: "1" }), { code: "bad_option" });
});

Deno.test("a WebSocket has the status of one, on hosts too that answer it by themselves", async () => {
  const feature = metrics(TOKEN);
  const headers = { upgrade: "websocket", connection: "Upgrade" };

  const socket = new Request("http://bot.test/ws", { headers });
  await feature.request?.(socket, () => new Response(null));
  await feature.request?.(new Request("http://bot.test/ws"), () => new Response(null));
  await feature.close?.();
  const found = read(await textOf(feature));

  for (const status of [101, 200]) {
    const labels = `method="GET",route="/ws",status="${status}"`;
    assert.equal(found.get(`http_request_duration_seconds_count{${labels}}`), 1);
  }
});

Deno.test("labels stay few, whatever is asked for or thrown", async () => {
  const monitor = metrics(TOKEN);

  for (let i = 0; i < 1000; i++) {
    monitor.refused?.(`code_${i}`);
    const request = new Request(`http://bot.test/${i}/${i}`, { method: `M${i}` });
    await monitor.request?.(request, () => new Response(null));
  }
  await monitor.close?.();
  const text = await textOf(monitor);

  assert.equal(text.match(/^pipecat_runner_refused_total\{/gm)?.length, 51);
  assert.equal(text.match(/^pipecat_runner_http_request_duration_seconds_count/gm)?.length, 1);
});
