import assert from "node:assert/strict";
import { DailyDialinRequest } from "../../src/ways/daily/waiting_call.ts";
import { createRunner, type RunnerOptions } from "../../src/runner.ts";
import { dailyServer, decodeToken } from "../support/daily_server.ts";
import { CALL, roomOf, SECRET, signed, start } from "./daily_runner.ts";
import { recordsOf } from "../support/warnings.ts";

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
  const records = await recordsOf("trace", async () => {
    await runner.call(CALL);
    daily.fail({ status: 400, body: `{"info":"no number ${CALL.From} here"}` });
    await runner.call({ ...CALL, callId: "c2" });
    await runner.runner.close();
  });

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
