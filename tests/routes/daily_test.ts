import assert from "node:assert/strict";
import { createRunner } from "../../src/runner.ts";
import { memoryPlatform } from "../../src/testing/memory_platform.ts";
import { createTransport } from "../../src/transports/create.ts";
import { dailyServer, decodeToken } from "../support/daily_server.ts";
import { ROOM_URL, roomOf, start } from "./daily_runner.ts";

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
