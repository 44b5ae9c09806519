import assert from "node:assert/strict";
import fc from "fast-check";
import { configureDaily, deleteDailyRoom } from "../../src/ways/daily/configure.ts";
import { dailyServer, decodeToken } from "../support/daily_server.ts";
import { acceptAll, failure, NOW, onlyRoom, PHONE } from "./configured.ts";

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

Deno.test("a room is deleted, and one that is gone is no error", async () => {
  await using daily = dailyServer();
  const { roomUrl } = await configureDaily(daily);

  await deleteDailyRoom(roomUrl, daily);
  await deleteDailyRoom(roomUrl, daily);

  assert.equal(daily.rooms.size, 0);
});
