import { configure, type LogRecord, reset } from "@logtape/logtape";
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import type { Bot, RunnerArguments } from "../../src/core/bot.ts";
import { DailyDialinRequest } from "../../src/ways/daily/waiting_call.ts";
import { createRunner, type RunnerOptions } from "../../src/runner.ts";
import { memoryPlatform } from "../../src/testing/memory_platform.ts";
import { createTransport } from "../../src/transports/create.ts";
import { type DailyServer, dailyServer, decodeToken } from "../support/daily_server.ts";

const CALL = { From: "+15551234567", To: "+15559876543", callId: "c1", callDomain: "d1" };
const SECRET = "9jyatvPWQfBymCGDOYPYKF/TRZXR+08Gj4bvPF78pH0=";
const ROOM_URL = "https://example.daily.co/standing";

/** A runner with Daily, and what its bot was called with. */
function start(daily: DailyServer, options: RunnerOptions = {}, bot: Bot = () => {}) {
  const calls: RunnerArguments[] = [];
  const runner = createRunner((args) => {
    calls.push(args);
    return bot(args);
  }, { ...options, environment: { ...daily.environment, ...options.environment } });
  const post = (path: string, body: unknown, headers: HeadersInit = {}) =>
    runner.fetch(
      new Request(`http://bot.test${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    );
  const call = async (body: unknown, headers?: HeadersInit) =>
    await post("/daily-dialin-webhook", body, headers);
  const get = async (path: string, method = "GET", headers: HeadersInit = {}) =>
    await runner.fetch(new Request(`http://bot.test${path}`, { method, headers }));
  return { runner, calls, post, call, get, [Symbol.asyncDispose]: () => runner.close() };
}

/** The one room on the server. */
function roomOf(daily: DailyServer) {
  assert.equal(daily.rooms.size, 1);
  const [room] = daily.rooms.values();
  assert.ok(room);
  return room;
}

function signed(body: string, timestamp = `${Math.floor(Date.now() / 1000)}`): HeadersInit {
  const key = Uint8Array.from(atob(SECRET), (character) => character.charCodeAt(0));
  const signature = createHmac("sha256", key).update(`${timestamp}.${body}`).digest("base64");
  return { "x-pinless-timestamp": timestamp, "x-pinless-signature": signature };
}

Deno.test("Daily is on when its key is there, and only then", async () => {
  await using daily = dailyServer();
  await using on = start(daily);
  const off = createRunner(() => {}, { environment: { DAILY_ROOM_URL: ROOM_URL } });

  assert.ok(on.runner.transports.includes("daily"));
  assert.ok(!off.transports.includes("daily"));
  assert.equal((await off.fetch(new Request("http://bot.test/daily"))).status, 404);
});

Deno.test("a runner for Daily alone says at once which variable it lacks", () => {
  assert.throws(() => createRunner(() => {}, { transport: "daily" }), {
    code: "no_credentials",
    message: /DAILY_API_KEY/,
  });
  const environment = { DAILY_API_KEY: "k", DAILY_ROOM_URL: "standing" };
  assert.throws(() => createRunner(() => {}, { transport: "daily", environment }), {
    message: /DAILY_ROOM_URL/,
  });
});

Deno.test("a start makes a room for four hours, and the bot joins it at once", async () => {
  await using daily = dailyServer();
  await using runner = start(daily);
  const body = { createDailyRoom: true, body: { user: "u1" } };

  const response = await runner.post("/start", body);

  const answer = await response.json();
  assert.equal(response.status, 200);
  assert.deepEqual(Object.keys(answer), ["dailyRoom", "dailyToken", "sessionId"]);
  assert.equal(response.headers.get("x-session-id"), answer.sessionId);
  const [args] = runner.calls;
  assert.ok(args?.transport === "daily");
  assert.deepEqual(
    [args.roomUrl, args.sessionId, args.body],
    [answer.dailyRoom, answer.sessionId, { user: "u1" }],
  );
  const { name, properties } = roomOf(daily);
  const [bot, user] = [await decodeToken(args.token), await decodeToken(answer.dailyToken)];
  assert.equal(answer.dailyRoom, `https://example.daily.co/${name}`);
  assert.ok(Math.abs(Number(properties.exp) - Date.now() / 1000 - 4 * 3600) < 5);
  assert.equal(properties.eject_at_room_exp, true);
  assert.deepEqual([bot.r, bot.o, bot.exp], [name, true, properties.exp]);
  assert.deepEqual([user.r, user.o, user.exp, user.ejt], [name, false, properties.exp, true]);
});

Deno.test("the host is told to keep the bot alive", async () => {
  await using daily = dailyServer();
  await using runner = start(daily);
  const platform = memoryPlatform();
  const kept: Promise<unknown>[] = [];
  const host = { ...platform, waitUntil: (promise: Promise<unknown>) => void kept.push(promise) };

  for (const path of ["/start", "/daily"]) {
    const init = path === "/start" ? { method: "POST", body: `{"transport":"daily"}` } : {};
    await runner.runner.fetch(new Request(`http://bot.test${path}`, init), host);
  }

  await Promise.all(kept);
  assert.deepEqual([kept.length, runner.calls.length], [2, 2]);
});

Deno.test("harmless properties are passed on, and take the place of the defaults", async () => {
  await using daily = dailyServer();
  await using runner = start(daily);
  const exp = Math.floor(Date.now() / 1000) + 600;

  const response = await runner.post("/start", {
    transport: "daily",
    dailyRoomProperties: { exp: exp + 0.5, enable_chat: true, geo: "eu-west-2", lang: null },
    dailyMeetingTokenProperties: { user_name: "Ann", is_owner: false, start_video_off: true },
  });

  const { dailyToken } = await response.json();
  const { u, o, vo, exp: tokenExp } = await decodeToken(dailyToken);
  const { properties } = roomOf(daily);
  assert.deepEqual([u, o, vo, tokenExp], ["Ann", false, true, exp]); // no longer than the room
  const { enable_chat, geo, lang } = properties;
  assert.deepEqual([properties.exp, enable_chat, geo, lang], [exp, true, "eu-west-2", undefined]);
});

const STRANGERS:
  readonly (readonly ["dailyRoomProperties" | "dailyMeetingTokenProperties", object])[] = [
    ["dailyRoomProperties", { enable_dialout: true }],
    ["dailyRoomProperties", { meeting_join_hook: "https://evil.test" }],
    ["dailyRoomProperties", { enable_recording: "cloud" }],
    ["dailyRoomProperties", {
      recordings_bucket: { bucket_name: "b", bucket_region: "r", assume_role_arn: "a" },
    }],
    ["dailyRoomProperties", { permissions: { canAdmin: ["streaming"] } }],
    ["dailyRoomProperties", { sip: {} }],
    ["dailyRoomProperties", { streaming_endpoints: [] }],
    ["dailyRoomProperties", { enable_transcription_storage: true }],
    ["dailyRoomProperties", { enable_hologram: true }],
    ["dailyMeetingTokenProperties", { is_owner: true }],
    ["dailyMeetingTokenProperties", { permissions: { canAdmin: true } }],
    ["dailyMeetingTokenProperties", { start_cloud_recording: true }],
    ["dailyMeetingTokenProperties", { auto_start_transcription: true }],
    ["dailyMeetingTokenProperties", { enable_hologram: true }],
  ];
for (const [field, value] of STRANGERS) {
  const [name = ""] = Object.keys(value);
  Deno.test(`a stranger's ${field}.${name} is a 403 that names the option, and opens by it`, async () => {
    await using daily = dailyServer();
    await using closed = start(daily);
    await using named = start(daily, { daily: { properties: [name] } });
    await using open = start(daily, { daily: { properties: true } });
    const body = { transport: "daily", [field]: value };

    const refused = await closed.post("/start", body);
    const { code, detail } = await refused.json();
    const before = daily.requests.length;
    const granted = [await named.post("/start", body), await open.post("/start", body)];

    assert.deepEqual([refused.status, code, before], [403, "property_not_allowed", 0]);
    assert.ok(detail.includes(`${field}.${name}`) && detail.includes(`--daily-properties ${name}`));
    assert.deepEqual(granted.map(({ status }) => status), [200, 200]);
    const sent = JSON.stringify(daily.requests.map(({ body }) => body));
    assert.ok(sent.includes(`"${name}":`));
  });
}

Deno.test("whatever a stranger asks for, the call ends with the longest session, and leaves nobody in", async () => {
  await using daily = dailyServer();
  await using runner = start(daily);
  const far = Math.floor(Date.now() / 1000) + 365 * 86_400;
  const wishes = [
    { exp: far, eject_after_elapsed: 99_999_999 },
    { exp: null, eject_after_elapsed: null, eject_at_room_exp: null, eject_at_token_exp: null },
    { eject_at_room_exp: false, eject_at_token_exp: false },
  ];
  for (const properties of wishes) {
    const { eject_at_token_exp: _t, ...room } = properties as Record<string, unknown>;
    const { eject_at_room_exp: _r, ...token } = properties as Record<string, unknown>;
    const response = await runner.post("/start", {
      transport: "daily",
      dailyRoomProperties: room,
      dailyMeetingTokenProperties: { ...token, room_name: "other", is_owner: null },
    });

    const { dailyToken, dailyRoom } = await response.json();
    const made = daily.rooms.get(new URL(dailyRoom).pathname.slice(1))?.properties ?? {};
    const claims = await decodeToken(dailyToken);
    const latest = Date.now() / 1000 + 4 * 3600 + 1;
    assert.ok(Number(made.exp) <= latest && Number(claims.exp) <= latest);
    assert.ok(Number(claims.eje ?? 0) <= 4 * 3600);
    assert.deepEqual([made.eject_at_room_exp, claims.ejt, claims.o], [true, true, false]);
    assert.equal(claims.r, new URL(dailyRoom).pathname.slice(1));
  }
});

const BAD: [where: string, value: object][] = [
  ["dailyRoomProperties.max_participants", { dailyRoomProperties: { max_participants: "many" } }],
  ["dailyRoomProperties.exp", { dailyRoomProperties: { exp: Date.now() + 60_000 } }],
  ["dailyRoomProperties.sip.video", { dailyRoomProperties: { sip: { video: 1 } } }],
  ["dailyRoomProperties", { dailyRoomProperties: [] }],
  ["dailyMeetingTokenProperties.exp", { dailyMeetingTokenProperties: { exp: "soon" } }],
  [
    "dailyMeetingTokenProperties.user_id",
    { dailyMeetingTokenProperties: { user_id: "u".repeat(37) } },
  ],
  ["createDailyRoom", { createDailyRoom: "yes" }],
];
for (const [where, value] of BAD) {
  Deno.test(`a bad ${where} is a 400 that names it, and no room is made`, async () => {
    await using daily = dailyServer();
    await using runner = start(daily);

    const response = await runner.post("/start", { transport: "daily", ...value });

    const { code, detail } = await response.json();
    assert.deepEqual([response.status, code], [400, "bad_request"]);
    assert.ok(detail.startsWith(`${where}: `), detail);
    assert.deepEqual([daily.requests.length, runner.calls.length], [0, 0]);
  });
}

Deno.test("a property that only Daily finds wrong is a 400 that names it", async () => {
  await using daily = dailyServer();
  await using runner = start(daily);

  const response = await runner.post("/start", {
    createDailyRoom: true,
    dailyRoomProperties: { geo: "the moon" },
  });

  assert.equal(response.status, 400);
  assert.match((await response.json()).detail, /Daily rejected.*geo was 'the moon'/);
  assert.equal(runner.calls.length, 0);
});

Deno.test("without a word about a room one is made, and no room at all is refused", async () => {
  await using daily = dailyServer();
  await using runner = start(daily);

  const silent = await runner.post("/start", { transport: "daily" });
  const none = await runner.post("/start", { transport: "daily", createDailyRoom: false });

  assert.equal(silent.status, 200);
  assert.ok((await silent.json()).dailyRoom);
  assert.deepEqual([none.status, (await none.json()).code], [400, "no_room"]);
});

Deno.test("DAILY_ROOM_URL is joined instead of a new room", async () => {
  await using daily = dailyServer();
  const environment = { DAILY_ROOM_URL: ROOM_URL };
  await using runner = start(daily, { environment, daily: { roomEnd: "delete" } });

  const response = await runner.post("/start", { transport: "daily", createDailyRoom: false });
  const redirect = await runner.get("/daily");

  const { dailyRoom, dailyToken } = await response.json();
  assert.equal(dailyRoom, ROOM_URL);
  const { r, o, exp, ejt } = await decodeToken(dailyToken);
  assert.deepEqual([r, o, ejt], ["standing", false, true]);
  assert.ok(Number(exp) <= Date.now() / 1000 + 4 * 3600);
  assert.equal(redirect.headers.get("location"), ROOM_URL);
  assert.ok(daily.requests.every(({ path }) => path === "/v1/meeting-tokens"));
});

const FAULTS: [status: number, headers: HeadersInit, answer: number, code: string][] = [
  [401, {}, 502, "daily_refused"],
  [429, { "retry-after": "7" }, 429, "daily_busy"],
  [400, {}, 502, "daily_rejected"],
];
for (const [status, headers, answer, code] of FAULTS) {
  Deno.test(`a ${status} of Daily is a ${answer} that every client can read`, async () => {
    await using daily = dailyServer();
    await using runner = start(daily);
    daily.fail({ status, headers });

    const response = await runner.post("/start", { createDailyRoom: true });

    const body = await response.json();
    assert.deepEqual([response.status, body.code], [answer, code]);
    assert.equal(response.headers.get("retry-after"), status === 429 ? "7" : null);
    assert.ok(body.detail === body.info && body.detail === body.error && body.detail);
    assert.equal(runner.calls.length, 0);
  });
}

Deno.test("a visit to /daily starts the bot and leads to its room", async () => {
  await using daily = dailyServer();
  await using runner = start(daily);

  const response = await runner.get("/daily");

  const [args] = runner.calls;
  assert.ok(args?.transport === "daily");
  assert.deepEqual([response.status, response.headers.get("location")], [307, args.roomUrl]);
  assert.deepEqual(args.body, {});
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.equal(response.headers.get("x-session-id"), args.sessionId);
});

const TYPED = {
  "sec-fetch-site": "none",
  "sec-fetch-dest": "document",
  "sec-fetch-mode": "navigate",
};
const FOREIGN: readonly (readonly [name: string, headers: Readonly<Record<string, string>>])[] = [
  ["an img", {
    "sec-fetch-site": "cross-site",
    "sec-fetch-dest": "image",
    referer: "https://evil.test/",
  }],
  ["an img without a referrer", { "sec-fetch-site": "cross-site", "sec-fetch-dest": "image" }],
  ["a link", { "sec-fetch-site": "cross-site", "sec-fetch-dest": "document" }],
  ["a page of a sibling host", { "sec-fetch-site": "same-site", "sec-fetch-dest": "document" }],
  ["an img to a host that is not encrypted", { referer: "http://evil.test/" }],
  ["an img to such a host, without a referrer", { accept: "image/avif,image/webp,*/*;q=0.8" }],
  ["a form", { origin: "null" }],
  ["an img of the page's own", {
    ...TYPED,
    "sec-fetch-site": "same-origin",
    "sec-fetch-dest": "image",
  }],
  ["a frame", { ...TYPED, "sec-fetch-site": "same-origin", "sec-fetch-dest": "iframe" }],
  ["a browser that guesses what is typed", { ...TYPED, "sec-purpose": "prefetch;prerender" }],
  ["a referrer that is none", { referer: "nonsense" }],
];
for (const [name, headers] of FOREIGN) {
  Deno.test(`${name} does not start a bot by way of /daily`, async () => {
    await using daily = dailyServer();
    await using runner = start(daily);

    const response = await runner.get("/daily", "GET", headers);

    assert.equal(response.status, 403);
    assert.deepEqual([daily.requests.length, runner.calls.length], [0, 0]);
  });
}

Deno.test("who types the address of /daily, follows the runner's own page or is a program gets a room", async () => {
  await using daily = dailyServer();
  await using runner = start(daily, { allowedOrigins: ["https://friend.test"] });
  const visits: Readonly<Record<string, string>>[] = [
    TYPED,
    { accept: "text/html,application/xhtml+xml,*/*;q=0.8" },
    { ...TYPED, "sec-fetch-site": "same-origin", referer: "http://bot.test/client/" },
    { ...TYPED, "sec-fetch-site": "cross-site", referer: "https://friend.test/" },
    { accept: "*/*", "user-agent": "curl/8" },
    { accept: "*/*", "sec-fetch-mode": "cors" }, // fetch of Node
  ];

  for (const headers of visits) {
    assert.equal((await runner.get("/daily", "GET", headers)).status, 307);
  }
});

Deno.test("looking at /daily without visiting it starts nothing", async () => {
  await using daily = dailyServer();
  await using runner = start(daily);

  const answers = [await runner.get("/daily", "HEAD"), await runner.post("/daily", {})];

  assert.deepEqual(answers.map(({ status }) => status), [405, 405]);
  assert.deepEqual([daily.requests.length, runner.calls.length], [0, 0]);
});

Deno.test("dial-in is on for Daily alone, and as it is told elsewhere", async () => {
  await using daily = dailyServer();
  const cases: [options: RunnerOptions, status: number][] = [
    [{ transport: "daily" }, 200],
    [{ transport: "daily", daily: { dialin: false } }, 404],
    [{}, 404],
    [{ daily: { dialin: true } }, 200],
  ];

  for (const [options, status] of cases) {
    await using runner = start(daily, options);
    assert.equal((await runner.call({ test: "test" })).status, status);
  }
});

Deno.test("a phone call gets a room that it can be put through to, and a bot that knows of it", async () => {
  await using daily = dailyServer({ sipPrefix: false });
  await using runner = start(daily, { transport: "daily" });

  const response = await runner.call({ ...CALL, sipHeaders: { "X-Account": "7" } });

  const answer = await response.json();
  const [args] = runner.calls;
  assert.equal(response.status, 200);
  assert.ok(args?.transport === "daily");
  const { dailyRoom, dailyToken, sessionId } = answer;
  assert.deepEqual([dailyRoom, sessionId], [args.roomUrl, args.sessionId]);
  assert.equal((await decodeToken(dailyToken)).o, false); // whoever asked does not own the room
  assert.equal((await decodeToken(args.token)).o, true);
  assert.deepEqual(args.body, {
    dialin_settings: {
      call_id: "c1",
      call_domain: "d1",
      To: "+15559876543",
      From: "+15551234567",
      sip_headers: { "X-Account": "7" },
    },
    daily_api_key: daily.environment.DAILY_API_KEY,
    daily_api_url: daily.environment.DAILY_API_URL,
  });
  assert.deepEqual(DailyDialinRequest.parse(args.body), args.body);
  const { name, properties } = roomOf(daily);
  assert.equal(args.sipEndpoint, `sip:${name}.0@example.sip.daily.co`);
  assert.deepEqual(properties.sip, {
    display_name: "+15551234567",
    video: false,
    sip_mode: "dial-in",
    num_endpoints: 1,
  });
  assert.equal(properties.start_video_off, true);
});

for (const probe of [{ test: "test" }, { Test: "test" }, { To: "+15559876543" }]) {
  Deno.test(`the probe ${JSON.stringify(probe)} is answered, signed or not`, async () => {
    await using daily = dailyServer();
    const environment = { DAILY_PINLESS_HMAC: SECRET };

    for (const options of [{}, { environment }]) {
      await using runner = start(daily, { transport: "daily", ...options });
      const response = await runner.call(probe);

      assert.deepEqual([response.status, await response.json()], [200, { status: "OK" }]);
      assert.deepEqual([daily.requests.length, runner.calls.length], [0, 0]);
    }
  });
}

for (const missing of ["callId", "callDomain"]) {
  Deno.test(`a call without ${missing} is a 400 that names it`, async () => {
    await using daily = dailyServer();
    await using runner = start(daily, { transport: "daily" });

    const response = await runner.call({ ...CALL, [missing]: undefined });

    assert.equal(response.status, 400);
    assert.match((await response.json()).detail, new RegExp(`^${missing}: `));
    assert.equal(daily.requests.length, 0);
  });
}

for (const variable of ["DAILY_PINLESS_HMAC", "PINLESS_HMAC_SECRET"]) {
  Deno.test(`with ${variable} only Daily can start a call`, async () => {
    await using daily = dailyServer();
    const environment = { [variable]: SECRET };
    await using runner = start(daily, { transport: "daily", environment });
    const body = JSON.stringify(CALL);

    const unsigned = await runner.call(body);
    const forged = await runner.call(body.replace("c1", "c2"), signed(body));
    const old = await runner.call(body, signed(body, "1795330800"));
    const notJson = await runner.call("{", {});
    const genuine = await runner.call(body, signed(body));
    const inMs = await runner.call(body, signed(body, `${Date.now()}`));

    for (const refused of [unsigned, forged, old, notJson]) {
      assert.deepEqual([refused.status, (await refused.json()).code], [403, "bad_signature"]);
    }
    // A webhook that comes again, signed again, is the same call; a replay is none.
    const replay = await runner.call(body, signed(body));
    assert.deepEqual([genuine.status, inMs.status, replay.status], [200, 200, 403]);
    assert.deepEqual(await inMs.json(), await genuine.json());
    assert.equal(runner.calls.length, 1);
  });
}

Deno.test("a replay is found out, however the signature is written", async () => {
  await using daily = dailyServer();
  await using runner = start(daily, {
    transport: "daily",
    environment: { DAILY_PINLESS_HMAC: SECRET },
  });
  const body = JSON.stringify(CALL);
  const headers = signed(body);
  const first = await runner.call(body, headers);
  const unpadded = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value.replace(/=+$/, "")]),
  );
  const again = await runner.call(body, unpadded);

  assert.deepEqual([first.status, again.status], [200, 403]);
});

Deno.test("a phone call that comes again gets the room of the first, at the same moment too", async () => {
  await using daily = dailyServer();
  await using runner = start(daily, { transport: "daily", limits: { maxSessions: 1 } });

  const answers = await Promise.all([runner.call(CALL), runner.call(CALL)]);
  const later = await runner.call(CALL);

  const told = await Promise.all([...answers, later].map((answer) => answer.json()));
  assert.deepEqual(told[1], told[0]);
  assert.deepEqual(told[2], told[0]);
  assert.deepEqual([daily.rooms.size, runner.calls.length], [1, 1]);
});

Deno.test("a phone call with no number is a call", async () => {
  await using daily = dailyServer();
  await using runner = start(daily, { transport: "daily" });

  const nobody = await runner.call({ callId: "c1", callDomain: "d1", From: null });
  const sip = { callId: "c2", callDomain: "d1", sipHeaders: { "User-to-User": "u" } };
  const answer = await runner.call(sip);

  assert.deepEqual([nobody.status, answer.status], [200, 200]);
  const settings = runner.calls.map(({ body }) => DailyDialinRequest.parse(body).dialin_settings);
  assert.deepEqual(settings[0], {
    call_id: "c1",
    call_domain: "d1",
    To: null,
    From: null,
    sip_headers: null,
  });
  assert.deepEqual(settings[1]?.sip_headers, { "User-to-User": "u" });
});

Deno.test("a secret that is not base64 is refused before the first call", () => {
  const environment = { DAILY_API_KEY: "k", DAILY_PINLESS_HMAC: "not base64!" };

  assert.throws(() => createRunner(() => {}, { transport: "daily", environment }), {
    code: "bad_environment",
  });
});

Deno.test("what is no call is refused", async () => {
  await using daily = dailyServer();
  await using runner = start(daily, { transport: "daily" });

  const answers = [
    await runner.call("{"),
    await runner.call("[]"),
    await runner.call(""),
    await runner.call("x".repeat(70_000)),
    await runner.get("/daily-dialin-webhook"),
  ];

  assert.deepEqual(answers.map(({ status }) => status), [400, 400, 400, 413, 405]);
});

Deno.test("nothing of a call gets into the log, and what goes wrong does", async () => {
  await using daily = dailyServer();
  await using runner = start(daily, { transport: "daily" });
  const records: LogRecord[] = [];
  await configure({
    reset: true,
    sinks: { list: (record) => records.push(record) },
    loggers: [
      { category: ["logtape"], sinks: [] },
      { category: ["pipecat"], sinks: ["list"], lowestLevel: "trace" },
    ],
  });
  try {
    await runner.call(CALL);
    daily.fail({ status: 400, body: `{"info":"no number ${CALL.From} here"}` });
    await runner.call({ ...CALL, callId: "c2" });
    await runner.runner.close();
  } finally {
    await reset();
  }

  const lines = records.map(({ message, properties }) =>
    `${message.join("")} ${Deno.inspect(properties, { depth: 9 })}`
  ).join("\n");
  const [args] = runner.calls;
  assert.ok(args?.transport === "daily");
  for (const secret of ["5551234567", "5559876543", daily.environment.DAILY_API_KEY, args.token]) {
    assert.ok(!lines.includes(secret), `${secret} is in the log`);
  }
  assert.match(lines, /set DAILY_PINLESS_HMAC/);
  assert.match(lines, /No room could be made for a phone call.*Daily rejected/);
});

Deno.test("rooms are deleted with their sessions where that is asked for", async () => {
  await using daily = dailyServer();
  await using runner = start(
    daily,
    { daily: { roomEnd: "delete" } },
    ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
  );
  await runner.post("/start", { createDailyRoom: true });
  const during = daily.rooms.size;

  await runner.runner.close();

  assert.deepEqual([during, daily.rooms.size], [1, 0]);
});

Deno.test("a runner that closes makes no session of a room", async () => {
  await using daily = dailyServer();
  await using runner = start(daily);
  await runner.runner.close();

  const response = await runner.post("/start", { createDailyRoom: true });

  assert.deepEqual([response.status, (await response.json()).code], [503, "closing"]);
});

Deno.test("there is no transport for Daily, and one sentence says what to do", async () => {
  await using daily = dailyServer();
  await using runner = start(daily);
  await runner.post("/start", { createDailyRoom: true });
  const [args] = runner.calls;
  assert.ok(args);

  await assert.rejects(createTransport(args), {
    code: "no_transport",
    message: /^Daily has no server SDK for JavaScript[^.]*args\.roomUrl[^.]*\.token.*\.$/,
  });
});
