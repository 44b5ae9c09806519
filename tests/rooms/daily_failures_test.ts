/**
 * Daily that refuses, is late, or is not there.
 */
import assert from "node:assert/strict";
import { configureDaily } from "../../src/ways/daily/configure.ts";
import { dailyServer, type DailyServerFault } from "../support/daily_server.ts";
import { impatient } from "./impatient.ts";
import { closedPort, failure, onlyRoom, PHONE } from "./configured.ts";

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
