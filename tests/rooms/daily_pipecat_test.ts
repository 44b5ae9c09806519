/**
 * What Daily is sent, field by field, beside what Pipecat itself sends for the same input; see
 * `how` in pipecat_daily.json.
 */
import assert from "node:assert/strict";
import type { RunnerArguments } from "../../src/core/bot.ts";
import { configureDaily, type ConfigureDailyOptions } from "../../src/ways/daily/configure.ts";
import { pinlessCallUpdate } from "../../src/ways/daily/waiting_call.ts";
import { createRunner } from "../../src/runner.ts";
import { type DailyServer, dailyServer, type DailyServerRequest } from "../support/daily_server.ts";
import { stoppedClock } from "./clock.ts";
import pipecat from "./pipecat_daily.json" with { type: "json" };

type Fields = Record<string, unknown>;

/** What we send otherwise than Pipecat, on purpose. */
interface Difference {
  readonly why: string;
  readonly room?: Fields;
  readonly token?: Fields;
}

const CONFIGURE: Readonly<Record<string, Difference>> = {
  "room properties": {
    why: "a default holds until it is replaced, and Daily's own defaults are left to Daily",
    room: { eject_at_room_exp: true, recordings_bucket: bucket() },
  },
  "SIP in the room properties": {
    why: "a default holds until it is replaced",
    room: { eject_at_room_exp: true },
  },
  "token properties that Pipecat sets itself": {
    why: "Pipecat drops what was asked for, all but the room's name without need",
    token: { exp: 1795331000, is_owner: false, eject_at_token_exp: true },
  },
};

for (const { name, options, environment, requests, result } of pipecat.configure) {
  Deno.test(`Daily is sent what Pipecat sends for ${name}`, async () => {
    await using daily = dailyServer();
    using _clock = stoppedClock(pipecat.clock * 1000);

    const room = await configureDaily({
      ...camelCase(inMilliseconds(options)),
      environment: { ...daily.environment, ...environment },
    });

    assert.deepEqual(
      daily.requests.map(meaning),
      requests.map((request) => expected(request, CONFIGURE[name])),
    );
    assert.equal(shape(room.roomUrl), shape(result.room_url));
    assert.equal(room.sipEndpoint !== undefined, result.sip_endpoint !== null);
    assertHeaders(daily);
  });
}

const ROUTES: Difference = {
  why: "a token is good as long as its room, four hours; Pipecat's ends after two",
  token: { exp: Math.floor(pipecat.clock) + 4 * 3600 },
};
/** How the user's token differs from the bot's. Pipecat gives both the same, and with it the room. */
const USER_TOKEN: Fields = { is_owner: false, eject_at_token_exp: true };
/** Where the runner does better, which tests/routes/daily_test.ts shows. */
const BETTER: readonly string[] = [
  "a start with bad properties", // refused by name, not ignored
  "a start without a room", // a room is made, where Pipecat answers null
  "a probe that only names the number", // answered, not refused
];

for (const route of pipecat.routes) {
  const { name, method, path, environment, requests, bot: expectedBots } = route;
  if (BETTER.includes(name)) continue;

  Deno.test(`the runner does what Pipecat's does on ${name}`, async () => {
    await using daily = dailyServer();
    using _clock = stoppedClock(pipecat.clock * 1000);
    const bots: RunnerArguments[] = [];
    const runner = createRunner((args) => void bots.push(args), {
      transport: "daily",
      environment: { ...daily.environment, ...environment },
      daily: { properties: ["enable_recording"] },
    });
    const body = "body" in route ? { body: JSON.stringify(route.body) } : {};

    const response = await runner.fetch(new Request(`http://bot.test${path}`, { method, ...body }));
    const text = await response.text();
    await runner.close();

    assert.equal(response.status, route.status);
    const theirs = requests.map((request) => expected(request, ROUTES));
    const ours = daily.requests.map(meaning);
    if (text && theirs.length > 0) {
      const { method, path, body: { properties } } = theirs.pop()!;
      const asked = "body" in route ? route.body.dailyMeetingTokenProperties ?? {} : {};
      const users = { ...properties, ...USER_TOKEN, ...asked };
      const bots = Object.fromEntries(
        Object.entries(properties).filter(([name]) => !(name in asked)),
      );
      for (const properties of [bots, users]) theirs.push({ method, path, body: { properties } });
      ours.sort((a, b) => Number(b.body.properties.is_owner) - Number(a.body.properties.is_owner));
    }
    assert.deepEqual(ours, theirs);
    if ("location" in route) {
      assert.equal(shape(response.headers.get("location") ?? ""), shape(route.location ?? ""));
    } else if (response.status === 200) {
      assert.deepEqual(Object.keys(JSON.parse(text)), Object.keys(Object(route.answer)));
    } else {
      assert.match(JSON.parse(text).detail, /callDomain/);
    }
    assert.equal(bots.length, expectedBots.length);
    for (const [index, args] of bots.entries()) {
      const twin = expectedBots[index];
      assert.ok(args.transport === "daily" && twin);
      assert.equal(shape(args.roomUrl), shape(twin.room_url ?? ""));
      if (text) assert.notEqual(args.token, JSON.parse(text).dailyToken);
      const account = { daily_api_key: daily.environment.DAILY_API_KEY };
      const address = { daily_api_url: daily.environment.DAILY_API_URL };
      const settings = "dialin_settings" in twin.body ? { ...account, ...address } : {};
      assert.deepEqual(args.body, { ...twin.body, ...settings });
    }
  });
}

Deno.test("a call is put through with what Pipecat sends", async () => {
  await using daily = dailyServer();
  const { dialin_settings, sip_endpoint, requests } = pipecat.pinlessCallUpdate;
  const { DAILY_API_KEY, DAILY_API_URL } = daily.environment;

  await assert.rejects(
    pinlessCallUpdate({
      dialin_settings: { ...dialin_settings, To: null, From: null, sip_headers: null },
      daily_api_key: DAILY_API_KEY,
      daily_api_url: DAILY_API_URL,
    }, sip_endpoint),
    { code: "daily_rejected" }, // no room has that address
  );

  assert.deepEqual(
    daily.requests.map(({ method, path, body }) => ({ method, path, body })),
    requests,
  );
  assertHeaders(daily);
});

/** A request of ours, with the names that are random replaced. */
function meaning({ method, path, body }: DailyServerRequest): Meaning {
  return { method, path, body: named(body) };
}

/** What our request is to be, given Pipecat's. */
function expected(
  request: { readonly method: string; readonly path: string; readonly body: unknown },
  difference?: Difference,
): Meaning {
  const { method, path } = request;
  const body = named(request.body);
  const { exp } = body.properties;
  const own = path.endsWith("/rooms") ? difference?.room : difference?.token;
  const properties = { ...body.properties, exp: Math.floor(Number(exp)), ...own };
  return { method, path, body: { ...body, properties } };
}

interface Meaning {
  readonly method: string;
  readonly path: string;
  readonly body: Fields & { properties: Fields };
}

function named(body: unknown): Fields & { properties: Fields } {
  const copy = structuredClone(body) as Fields & { properties: Fields }; // true: of both senders
  if (copy.name) copy.name = shape(String(copy.name));
  const { room_name } = copy.properties;
  if (room_name) copy.properties.room_name = shape(String(room_name));
  return copy;
}

function shape(name: string): string {
  return name.replace(/-[0-9a-f]{8,}$/, "-*");
}

function camelCase(options: Fields): ConfigureDailyOptions {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}

function assertHeaders({ requests, environment }: DailyServer): void {
  for (const { authorization, contentType } of requests) {
    assert.equal(authorization, `Bearer ${environment.DAILY_API_KEY}`);
    assert.equal(contentType, "application/json");
  }
}

function bucket(): Fields {
  return { bucket_name: "b", bucket_region: "us-west-2", assume_role_arn: "arn:aws:iam::1:role/r" };
}

/** Pipecat's hours are milliseconds here. */
function inMilliseconds(options: Fields): Fields {
  const { room_exp_duration: room, token_exp_duration: token, ...others } = options;
  return {
    ...others,
    ...(room === undefined ? {} : { room_lifetime_ms: Number(room) * 3_600_000 }),
    ...(token === undefined ? {} : { token_lifetime_ms: Number(token) * 3_600_000 }),
  };
}
