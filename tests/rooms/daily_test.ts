import assert from "node:assert/strict";
import fc from "fast-check";
import { RunnerError } from "../../src/core/error.ts";
import { configureDaily, deleteDailyRoom } from "../../src/ways/daily/configure.ts";
import { dailyServer, type DailyServerFault, decodeToken } from "../support/daily_server.ts";
import { impatient } from "./impatient.ts";

const PHONE = "+15551234567";
const NOW = () => Math.floor(Date.now() / 1000);

Deno.test("a room and its token last two hours, and everybody has to leave then", async () => {
  await using daily = dailyServer();

  const room = await configureDaily(daily);

  const { exp, eject_at_room_exp } = onlyRoom(daily).properties;
  const claims = await decodeToken(room.token);
  assert.ok(Number.isInteger(exp) && Math.abs(Number(exp) - NOW() - 7200) < 5);
  assert.equal(eject_at_room_exp, true);
  assert.deepEqual({ ...claims, d: "", iat: 0 }, {
    d: "",
    iat: 0,
    r: room.roomUrl.replace("https://example.daily.co/", ""),
    o: true,
    exp,
    ejt: false,
  });
  assert.deepEqual([room.created, room.expires, room.sipEndpoint], [true, exp, undefined]);
});

Deno.test("a token says who its holder is and what they may do", async () => {
  await using daily = dailyServer();
  const exp = NOW() + 60;

  const { token } = await configureDaily({
    ...daily,
    tokenProperties: {
      user_name: "Ann",
      user_id: "u-1",
      is_owner: false,
      exp: exp + 0.9,
      eject_at_token_exp: true,
      permissions: { canSend: ["audio"], hasPresence: true },
      room_name: "another-room",
      made_up: 7,
    },
  });

  const claims = await decodeToken(token);
  const { u, ud, o, ejt, p, made_up } = claims;
  assert.deepEqual(
    { u, ud, o, exp: claims.exp, ejt, p, made_up },
    {
      u: "Ann",
      ud: "u-1",
      o: false,
      exp,
      ejt: true,
      p: { canSend: ["audio"], hasPresence: true },
      made_up: 7,
    },
  );
  assert.equal(claims.r, onlyRoom(daily).name);
});

for (const sipPrefix of [true, false]) {
  const said = sipPrefix ? "with" : "without";
  Deno.test(`a SIP address begins with sip: once, where Daily gives it ${said} it`, async () => {
    await using daily = dailyServer({ sipPrefix });

    const { sipEndpoint } = await configureDaily({ ...daily, sipCallerPhone: PHONE });

    assert.equal(sipEndpoint, `sip:${onlyRoom(daily).name}.0@example.sip.daily.co`);
  });
}

Deno.test("a caller whose number is withheld gets a room that can be called", async () => {
  await using daily = dailyServer();

  const { sipEndpoint } = await configureDaily({ ...daily, sipCallerPhone: "" });

  assert.ok(sipEndpoint);
  assert.deepEqual(onlyRoom(daily).properties.sip, {
    display_name: "sw-sip-dialin",
    sip_mode: "dial-in",
    video: false,
    num_endpoints: 1,
  });
});

Deno.test("room properties replace defaults, null takes them away, and others are passed on", async () => {
  await using daily = dailyServer();
  const roomProperties = {
    exp: null,
    eject_at_room_exp: undefined,
    enable_chat: true,
    enable_hologram: { depth: 3 },
  };

  const room = await configureDaily({ ...daily, roomGeo: "eu-west-2", roomProperties });

  assert.deepEqual(onlyRoom(daily).properties, {
    eject_at_room_exp: true,
    enable_chat: true,
    enable_prejoin_ui: false,
    enable_emoji_reactions: false,
    start_video_off: false,
    geo: "eu-west-2",
    enable_hologram: { depth: 3 },
  });
  assert.equal(room.expires, undefined);
});

const BAD: [property: string, value: unknown][] = [
  ["exp", "soon"],
  ["exp", 4_000_000_000_000],
  ["exp", 1_000_000_000],
  ["max_participants", "many"],
  ["max_participants", 0],
  ["enable_chat", "true"],
  ["enable_recording", "all"],
  ["sip", "yes"],
  ["recordings_bucket.bucket_name", undefined],
];
for (const [property, value] of BAD) {
  Deno.test(`${property}: ${JSON.stringify(value)} is refused by name, before Daily is asked`, async () => {
    await using daily = dailyServer();
    const [name = "", inner] = property.split(".");
    const roomProperties = { [name]: inner ? { [inner]: value } : value };

    const error = await failure(configureDaily({ ...daily, roomProperties }));

    assert.equal(error.status, 400);
    assert.ok(error.message.startsWith(`roomProperties.${property}: `), error.message);
    assert.equal(daily.requests.length, 0);
  });
}

Deno.test("whatever JSON the properties are, they are refused by name or sent as JSON", async () => {
  const properties = fc.dictionary(
    fc.constantFrom("exp", "enable_chat", "sip", "geo", "permissions", "other"),
    fc.jsonValue(),
  );
  const { configured, environment } = acceptAll();
  await fc.assert(
    fc.asyncProperty(properties, async (roomProperties) => {
      const error = await configured(() => configureDaily({ environment, roomProperties }));
      if (error) assert.match(error.message, /^roomProperties\.\w+/);
    }),
    { numRuns: 200 },
  );
});

Deno.test("an existing room is joined with a token of its own, and not made again", async () => {
  await using daily = dailyServer();
  const roomUrl = "https://example.daily.co/standing/?x=1";
  const environment = { ...daily.environment, DAILY_ROOM_URL: roomUrl };

  const room = await configureDaily({ environment });

  assert.deepEqual([room.roomUrl, room.created], [roomUrl, false]);
  assert.equal((await decodeToken(room.token)).r, "standing");
  assert.equal(daily.rooms.size, 0);
});

const ENVIRONMENTS: [name: string, value: string, code: string][] = [
  ["DAILY_API_KEY", "", "no_credentials"],
  ["DAILY_API_URL", "api.daily.co/v1", "bad_environment"],
  ["DAILY_ROOM_URL", "standing", "bad_environment"],
  ["DAILY_ROOM_URL", "https://example.daily.co/", "bad_environment"],
];
for (const [name, value, code] of ENVIRONMENTS) {
  Deno.test(`${name}=${value} is refused, and the message names the variable`, async () => {
    await using daily = dailyServer();

    const error = await failure(
      configureDaily({ environment: { ...daily.environment, [name]: value } }),
    );

    assert.deepEqual([error.code, error.status], [code, 500]);
    assert.match(error.message, new RegExp(name));
  });
}

Deno.test("a key that Daily does not know is an error that names the variable", async () => {
  await using daily = dailyServer();

  const error = await failure(configureDaily({ ...daily, apiKey: "another-key" }));

  assert.deepEqual([error.code, error.status], ["daily_refused", 502]);
  assert.match(error.message, /DAILY_API_KEY/);
  assert.equal(daily.requests.length, 1);
});

const FAULTS: [fault: DailyServerFault, code: string, status: number, attempts: number][] = [
  [{ status: 403, body: `{"error":"forbidden-error"}` }, "daily_refused", 502, 1],
  [{ status: 400, body: `{"error":"invalid-request-error"}` }, "daily_rejected", 502, 1],
  [{ status: 402 }, "daily_rejected", 502, 1],
  [{ status: 429 }, "daily_busy", 429, 3],
  [{ status: 500, body: "<html>" }, "daily_failed", 502, 3],
  [{ status: 503 }, "daily_failed", 502, 3],
  [{ status: 302, headers: { location: "https://elsewhere.test/" } }, "daily_failed", 502, 1],
  [{ status: 200, body: "{}" }, "daily_failed", 502, 1],
  [{ status: 200, body: `{"url":"javascript:alert(1)"}` }, "daily_failed", 502, 1],
  [{ status: 200, body: "not JSON" }, "daily_failed", 502, 1],
];
for (const [fault, code, status, attempts] of FAULTS) {
  const said = `${fault.status} ${fault.body ?? ""}`.trim();
  Deno.test(`${said} from Daily becomes ${code}, after ${attempts} attempts`, async () => {
    await using daily = dailyServer();
    using _timers = impatient();
    daily.fail(fault, fault, fault, fault);

    const error = await failure(configureDaily(daily));

    assert.deepEqual([error.code, error.status], [code, status]);
    assert.equal(daily.requests.length, attempts);
  });
}

Deno.test("Daily's Retry-After is waited for when it is short", async () => {
  await using daily = dailyServer();
  daily.fail({ status: 429, headers: { "retry-after": "1" } });
  const began = performance.now();

  await configureDaily(daily);

  assert.ok(performance.now() - began >= 995);
  assert.equal(daily.requests.length, 3);
});

for (const format of ["seconds", "a date"]) {
  Deno.test(`a Retry-After in ${format} that is too long to wait for is passed on`, async () => {
    await using daily = dailyServer();
    const date = new Date(Date.now() + 30_000).toUTCString();
    daily.fail({ status: 429, headers: { "retry-after": format === "seconds" ? "30" : date } });

    const error = await failure(configureDaily(daily));

    assert.deepEqual([error.code, error.status], ["daily_busy", 429]);
    assert.ok(Math.abs((error.retryAfter ?? 0) - 30) <= 2);
    assert.equal(error.toResponse().headers.get("retry-after"), String(error.retryAfter));
    assert.equal(daily.requests.length, 1);
  });
}

Deno.test("more rooms at a time than Daily takes are all made, a little later", async () => {
  await using daily = dailyServer();

  const rooms = await Promise.all(Array.from({ length: 14 }, () => configureDaily(daily)));

  assert.equal(new Set(rooms.map(({ roomUrl }) => roomUrl)).size, 14);
  assert.equal(daily.rooms.size, 14);
  assert.ok(daily.requests.length > 28, "some were refused at first");
});

Deno.test("a room whose making Daily did not confirm is found, not made twice", async () => {
  await using daily = dailyServer();
  daily.fail({ status: 504, carriedOut: true });

  const { roomUrl } = await configureDaily(daily);

  assert.equal(roomUrl, `https://example.daily.co/${onlyRoom(daily).name}`);
  assert.deepEqual(
    daily.requests.map(({ method, path }) => `${method} ${path.slice(0, 10)}`),
    ["POST /v1/rooms", "POST /v1/rooms", "GET /v1/rooms/", "POST /v1/meetin"],
  );
});

Deno.test("a server that is not there is an error after three attempts", async () => {
  using _timers = impatient();
  const apiUrl = await closedPort();

  const error = await failure(
    configureDaily({ environment: { DAILY_API_KEY: "k", DAILY_API_URL: apiUrl } }),
  );

  assert.deepEqual([error.code, error.status], ["daily_unreachable", 504]);
  assert.match(error.message, /did not respond to the request to create a room/);
});

Deno.test("a server that does not answer is given up", async () => {
  await using daily = dailyServer();
  using _timers = impatient();
  daily.fail(...Array.from({ length: 3 }, () => ({ status: 500, silent: true as const })));

  const error = await failure(configureDaily(daily));

  assert.deepEqual([error.code, error.status], ["daily_unreachable", 504]);
  assert.equal(daily.requests.length, 3);
});

Deno.test("an aborted request ends at once, with the signal's own reason", async () => {
  await using daily = dailyServer();
  const controller = new AbortController();
  daily.fail({ status: 500, silent: true });

  const configuring = configureDaily({ ...daily, signal: controller.signal });
  const reason = new Error("the caller hung up");
  setTimeout(() => controller.abort(reason), 50);

  await assert.rejects(configuring, reason);
  await assert.rejects(configureDaily({ ...daily, signal: controller.signal }), reason);
});

for (const status of [400, 403, 404, 429, 500]) {
  Deno.test(`the message about a ${status} holds no key, number or token`, async () => {
    await using daily = dailyServer();
    using _timers = impatient();
    const { DAILY_API_KEY } = daily.environment;
    const token = "eyJhbGciOiJIUzI1NiJ9.eyJyIjoiaGVsbG8ifQ.mvVciAengBR4xCblhFpo4mKYftQv1skYO4Y6";
    const info = `key ${DAILY_API_KEY}, phone ${PHONE}, +1 (555) 123-4567, token ${token}.`;
    const fault = { status, body: JSON.stringify({ error: "an-error", info }) };
    daily.fail(fault, fault, fault);

    const error = await failure(configureDaily({ ...daily, sipCallerPhone: PHONE }));

    for (const secret of [DAILY_API_KEY, "5551234567", "123-4567", "eyJ", "mvVci"]) {
      assert.ok(!`${error.message} ${error.cause}`.includes(secret), error.message);
    }
  });
}

Deno.test("what Daily says about a property reaches whoever gave it, as a 400", async () => {
  await using daily = dailyServer();

  const error = await failure(configureDaily({ ...daily, roomProperties: { geo: "the moon" } }));

  assert.deepEqual([error.code, error.status], ["daily_properties_rejected", 400]);
  assert.equal(
    error.message,
    "Daily rejected the request to create a room: geo was 'the moon' but should be another value.",
  );
});

Deno.test("a room is deleted, and one that is gone is no error", async () => {
  await using daily = dailyServer();
  const { roomUrl } = await configureDaily(daily);

  await deleteDailyRoom(roomUrl, daily);
  await deleteDailyRoom(roomUrl, daily);

  assert.equal(daily.rooms.size, 0);
});

function onlyRoom(daily: ReturnType<typeof dailyServer>) {
  assert.equal(daily.rooms.size, 1);
  const [room] = daily.rooms.values();
  assert.ok(room);
  return room;
}

async function failure(promise: Promise<unknown>): Promise<RunnerError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof RunnerError, String(error));
    return error;
  }
  assert.fail("it did not fail");
}

/** A Daily in this process that takes everything and looks only at the form. */
function acceptAll() {
  const environment = { DAILY_API_KEY: "k", DAILY_API_URL: "http://daily.test/v1" };
  const fake: typeof fetch = (_url, init) => {
    JSON.parse(String(init?.body));
    return Promise.resolve(
      Response.json({ url: "https://example.daily.co/r", token: "t", config: SIP }),
    );
  };
  async function configured(run: () => Promise<unknown>): Promise<RunnerError | undefined> {
    const original = globalThis.fetch;
    globalThis.fetch = fake;
    try {
      await run();
    } catch (error) {
      assert.ok(error instanceof RunnerError, String(error));
      return error;
    } finally {
      globalThis.fetch = original;
    }
  }
  return { environment, configured };
}

const SIP = { sip_uri: { endpoint: "r.0@example.sip.daily.co" } };

async function closedPort(): Promise<string> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await Promise.resolve();
  return `http://127.0.0.1:${port}/v1`;
}
