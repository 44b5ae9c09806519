/**
 * Whole sessions over every transport at once, with faults, at the most talkative level: every line
 * names its session, and none shows what must not be seen.
 */
import { configureSync, getLogger, type LogRecord, resetSync } from "@logtape/logtape";
import { Hono } from "hono";
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { formatRecord, jsonRecord } from "../../src/cli/log.ts";
import { createRedact } from "../../src/cli/redact.ts";
import { plain } from "../../src/cli/style.ts";
import { CARRIER_NAMES } from "../../src/core/transport_names.ts";
import type { Bot, RunnerArguments } from "../../src/core/bot.ts";
import type { Socket } from "../../src/core/duplex.ts";
import type { AppEnv } from "../../src/http/env.ts";
import { createRunner, type Runner } from "../../src/runner.ts";
import { encodeMessage } from "../../src/serializers/protobuf.ts";
import { call } from "../../src/testing/call.ts";
import { memoryPlatform } from "../../src/testing/memory_platform.ts";
import { createTransport } from "../../src/transports/create.ts";
import { weriftPeers } from "../../src/ways/webrtc/werift.ts";
import { dailyServer } from "../support/daily_server.ts";
import { connect, delay } from "../webrtc/client.ts";

const ORIGIN = "https://bot.test";
const NEEDLES = {
  from: "+15557770001",
  to: "+15557770002",
  bots: "+15557770003",
  twilio: "needle-of-twilio",
  livekit: "needle-of-livekit-with-enough-characters",
  body: "needle-in-body",
  said: "needle that was said",
  token: "needletoken0123456789",
} as const;

const botLog = getLogger(["bot"]);

/** Says what a user's bot would say, in all the places that one logs from. */
const bot: Bot = async (args) => {
  const expected = args.sessionId;
  botLog.debug("Called with {what}", { what: facts(args), expected });
  botLog.debug("Logging in by {text}", { text: `user:${NEEDLES.livekit}`, expected });
  await delay(10);
  const timer = Promise.withResolvers<void>();
  setTimeout(() => {
    botLog.info("A timer has fired", { expected });
    timer.resolve();
  }, 30);
  args.signal.addEventListener("abort", () => botLog.info("It is over", { expected }));
  await timer.promise;
  if (args.transport === "daily" || args.transport === "livekit") return;
  await using transport = await createTransport(args);
  let frames = 0;
  const watched = transport.readable.pipeThrough(
    new TransformStream({
      transform(frame, controller) {
        if (frames++ < 3) botLog.trace("A frame passes by", { expected });
        controller.enqueue(frame);
      },
    }),
  );
  for await (const frame of watched) {
    if (frame.type === "audio") continue;
    throw new Error(`No way to ${NEEDLES.bots}`, { cause: new Error("Bearer sk-needle12345") });
  }
};

/** What a bot may know of its session, the secrets too. */
function facts(args: RunnerArguments): Record<string, unknown> {
  const { body, transport } = args;
  switch (args.transport) {
    case "daily":
      return { body, transport, roomUrl: args.roomUrl, token: args.token };
    case "livekit":
      return { body, transport, url: args.url, token: args.token };
    case "webrtc":
    case "websocket":
    case "eval":
      return { body, transport };
    default:
      return { body, transport, call: args.callData };
  }
}

Deno.test("every line names its session, and no line shows a secret, a number or a word", async () => {
  const records: LogRecord[] = [];
  configureSync({
    contextLocalStorage: new AsyncLocalStorage<Record<string, unknown>>(),
    sinks: { list: (record) => void records.push(record) },
    loggers: [
      { category: [], sinks: ["list"], lowestLevel: "trace" },
      { category: ["logtape", "meta"], lowestLevel: "warning" },
    ],
  });
  await using daily = dailyServer();
  const environment = {
    ...daily.environment,
    TWILIO_AUTH_TOKEN: NEEDLES.twilio,
    LIVEKIT_URL: "wss://you.livekit.cloud",
    LIVEKIT_API_KEY: "APIneedlekey",
    LIVEKIT_API_SECRET: NEEDLES.livekit,
  };
  const app = new Hono<AppEnv>().get("/boom", () => {
    throw new Error(`Cannot reach sip:${NEEDLES.from}@pbx.test`);
  });
  const runner = createRunner(bot, {
    webrtc: weriftPeers(),
    environment,
    insecureCarriers: true,
    app,
    daily: { roomEnd: "delete" },
  });

  await Promise.all([
    ...CARRIER_NAMES.map((carrier) => phone(runner, carrier)),
    websocket(runner),
    webrtc(runner),
    rooms(runner, () => daily.fail({ status: 500 }, { status: 500 }, { status: 500 })),
    strangers(runner),
  ]);
  await runner.close();
  resetSync();

  const ids = new Set(
    records.flatMap(({ rawMessage, properties }) =>
      String(rawMessage).endsWith("began on {transport}") ? [properties["sessionId"]] : []
    ),
  );
  assert.equal(ids.size, CARRIER_NAMES.length + 4); // a WebSocket, WebRTC and two rooms
  for (const { rawMessage, properties } of records) {
    const { sessionId, expected = sessionId } = properties;
    if (OF_NO_SESSION.some((start) => String(rawMessage).startsWith(start))) continue;
    if (properties["id"] === "rehearsal") continue; // the call that warms WebRTC up is no session
    assert.ok(ids.has(sessionId), `no session: ${rawMessage} ${Deno.inspect(properties)}`);
    assert.equal(sessionId, expected, `another session: ${rawMessage}`);
  }
  const failed = records.filter(({ rawMessage }) => String(rawMessage).startsWith("The bot of"));
  assert.deepEqual(
    failed.map(({ properties }) => properties["transport"]).toSorted(),
    [...CARRIER_NAMES, "websocket"].toSorted(),
  );
  const said = records.map(({ rawMessage }) => String(rawMessage));
  for (const line of EXPECTED) assert.ok(said.some((text) => text.includes(line)), line);

  const redact = createRedact(environment);
  const options = { verbose: 2, terminal: false, style: plain };
  for (const record of records) {
    const [text, json] = [redact(formatRecord(record, options)), jsonRecord(record, redact)];
    JSON.parse(json);
    for (const line of [text, json]) {
      for (const needle of [...Object.values(NEEDLES), "555777", "sk-needle", "ice-pwd:needle"]) {
        assert.ok(!line.includes(needle), line);
      }
      assert.ok(!/eyJ[\w-]+\./.test(line), line);
    }
    const { sessionId } = record.properties;
    if (typeof sessionId === "string") {
      assert.ok(text.includes(sessionId) && json.includes(sessionId));
    }
  }
});

/** Lines about those who got no session. */
const OF_NO_SESSION = ["Refused a request", "{method} {path} failed", "The token of"];

/** Some of the faults, so that this test is known to have met them. */
const EXPECTED = [
  "sent an unusable message",
  "The bot of session {sessionId} failed",
  "A client sends messages that are not JSON",
  "A peer sends malformed {codec}",
  "Peer {id} is over",
  "A room could not be deleted",
  "A timer has fired",
  "A frame passes by",
  "It is over",
  "Refused a request",
  "{method} {path} failed",
];

async function phone(runner: Runner, carrier: (typeof CARRIER_NAMES)[number]): Promise<void> {
  const { from, to, twilio } = NEEDLES;
  const caller = await call(runner, {
    carrier,
    from,
    to,
    params: { apiKey: NEEDLES.body },
    chaos: { garbage: 5 },
    ...(carrier === "twilio" ? { secret: twilio } : {}),
  });
  await delay(200);
  caller.press("5");
  await caller.ended;
}

async function websocket(runner: Runner): Promise<void> {
  const platform = memoryPlatform();
  const body = { apiKey: NEEDLES.body, phone: NEEDLES.from };
  const { wsUrl } = await start(runner, { transport: "websocket", body });
  const socket: Socket = await platform.connect(runner, wsUrl ?? "");
  await delay(100);
  socket.send(NEEDLES.said);
  socket.send(new TextEncoder().encode(NEEDLES.said));
  const message = { label: "rtvi-ai", type: "client-message", id: "1", data: { t: NEEDLES.said } };
  socket.send(encodeMessage(message));
  socket.send(encodeMessage({ text: NEEDLES.said }));
  await socket.closed;
  await platform.settled();
}

async function webrtc(runner: Runner): Promise<void> {
  const { sessionId } = await start(runner, { body: { apiKey: NEEDLES.body } });
  const client = await connect(async (sdp) => {
    const response = await post(runner, `/sessions/${sessionId}/api/offer`, { sdp, type: "offer" });
    return (await response.json()).sdp;
  });
  client.channel?.send(NEEDLES.said);
  client.send(new Uint8Array([0xff, 0xff, 0xff]));
  await delay(300);
  await client.close();
  await Promise.all([...runner.sessions].filter(({ id }) => id === sessionId).map((s) => s.done));
  await delay(100);
}

async function rooms(runner: Runner, breakDaily: () => void): Promise<void> {
  const body = { password: NEEDLES.body };
  await start(runner, { transport: "livekit", body });
  await start(runner, { transport: "daily", body });
  breakDaily();
}

/** Those who get no session, and must not leave their secrets behind either. */
async function strangers(runner: Runner): Promise<void> {
  const { from, token } = NEEDLES;
  const form = new URLSearchParams({ From: from, CallSid: "CA1" });
  await runner.fetch(new Request(`${ORIGIN}/twilio?To=${from}`, { method: "POST", body: form }));
  await runner.fetch(new Request(`${ORIGIN}/start`, { method: "POST", body: `{"${from}` }));
  await runner.fetch(new Request(`${ORIGIN}/boom?token=${token}`));
  await assert.rejects(memoryPlatform().connect(runner, `${ORIGIN}/ws/${token}`));
}

async function start(runner: Runner, body: unknown): Promise<Record<string, string>> {
  return await (await post(runner, "/start", body)).json();
}

async function post(runner: Runner, path: string, body: unknown): Promise<Response> {
  const request = new Request(`${ORIGIN}${path}`, { method: "POST", body: JSON.stringify(body) });
  return await runner.fetch(request);
}
