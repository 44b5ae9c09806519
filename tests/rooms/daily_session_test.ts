import assert from "node:assert/strict";
import type { Bot, RunnerArguments } from "../../src/core/bot.ts";
import { SessionSet } from "../../src/sessions/session_set.ts";
import { configureDaily, type DailyRoomConfig } from "../../src/ways/daily/configure.ts";
import { type DailyRoomEnd, startDailySession } from "../../src/ways/daily/session.ts";
import { type DailyServer, dailyServer } from "../support/daily_server.ts";

function start(daily: DailyServer, room: DailyRoomConfig, bot: Bot, roomEnd?: DailyRoomEnd) {
  const { environment } = daily;
  const options = { bot, sessions: new SessionSet(), environment, roomEnd };
  return startDailySession(options, { sessionId: "s1", room, body: { a: 1 } });
}

Deno.test("the bot is called with its room, and the room outlives it", async () => {
  await using daily = dailyServer();
  const room = await configureDaily(daily);
  const calls: RunnerArguments[] = [];

  const session = start(daily, room, (args) => void calls.push(args));
  await session.done;

  const [args] = calls;
  assert.ok(args?.transport === "daily");
  const { sessionId, roomUrl, token, body } = args;
  assert.deepEqual({ sessionId, roomUrl, token, body }, {
    sessionId: "s1",
    roomUrl: room.roomUrl,
    token: room.token,
    body: { a: 1 },
  });
  assert.equal("sipEndpoint" in args, false);
  assert.equal(daily.rooms.size, 1);
});

Deno.test("a room can be deleted with its session, also when the bot fails", async () => {
  await using daily = dailyServer();
  const one = await configureDaily(daily);
  const two = await configureDaily(daily);

  await start(daily, one, () => {}, "delete").done;
  await start(daily, two, () => Promise.reject(new Error("broken on purpose")), "delete").done;

  assert.equal(daily.rooms.size, 0);
});

Deno.test("a room that was there before is never deleted", async () => {
  await using daily = dailyServer();
  const DAILY_ROOM_URL = "https://example.daily.co/standing";
  const room = await configureDaily({ environment: { ...daily.environment, DAILY_ROOM_URL } });

  await start(daily, room, () => {}, "delete").done;

  assert.equal(daily.requests.some(({ method }) => method === "DELETE"), false);
});

Deno.test("a room that cannot be deleted does not keep its session", async () => {
  await using daily = dailyServer();
  const room = await configureDaily(daily);
  daily.fail({ status: 403 });

  await start(daily, room, () => {}, "delete").done;

  assert.equal(daily.rooms.size, 1);
});

Deno.test("a session ends with its room", async () => {
  await using daily = dailyServer();
  const room = { ...await configureDaily(daily), expires: Date.now() / 1000 + 0.05 };
  const reason = Promise.withResolvers<unknown>();

  const { done } = start(daily, room, async ({ signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    reason.resolve(signal.reason);
  });

  await done;
  assert.match(String(await reason.promise), /The room has expired/);
});

Deno.test("a room that ends later than a timer can wait does not end its session at once", async () => {
  await using daily = dailyServer();
  const room = { ...await configureDaily(daily), expires: Date.now() / 1000 + 60 * 86_400 };

  const aborted = Promise.withResolvers<boolean>();
  const { done } = start(daily, room, async ({ signal }) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    aborted.resolve(signal.aborted);
  });

  await done;
  assert.equal(await aborted.promise, false);
});
