import assert from "node:assert/strict";
import { cloudflareTurn, twilioTurn } from "../../src/ice/mod.ts";
import { impatient } from "../rooms/impatient.ts";
import { fakeNetwork } from "../support/fake_network.ts";
import { CLOUDFLARE, cloudflareApi, TWILIO, TWILIO_KEY, twilioApi } from "./apis.ts";

const CLOUDFLARE_ORIGIN = "https://rtc.live.cloudflare.com";
const TWILIO_ORIGIN = "https://api.twilio.com";

Deno.test("Cloudflare is asked once, and its URLs of port 53 are left out", async () => {
  using network = fakeNetwork({ [CLOUDFLARE_ORIGIN]: cloudflareApi() });
  const source = cloudflareTurn({ ...CLOUDFLARE, ttlSeconds: 172_800 });

  const [first, second] = await Promise.all([source(), source()]);

  assert.deepEqual(first, [
    { urls: ["stun:stun.cloudflare.com:3478"] },
    {
      urls: [
        "turn:turn.cloudflare.com:3478?transport=udp",
        "turns:turn.cloudflare.com:5349?transport=tcp",
      ],
      username: "user-1",
      credential: "credential",
    },
  ]);
  assert.deepEqual([second, await source()], [first, first]);
  assert.equal(network.sent.length, 1);
});

Deno.test("Twilio is asked by its account, or by a key of it", async () => {
  using _network = fakeNetwork({ [TWILIO_ORIGIN]: twilioApi() });
  const login = { username: "dc2d2894", credential: "tE2DajzS" };
  const expected = [
    { urls: ["stun:global.stun.twilio.com:3478"] },
    { urls: ["turn:global.turn.twilio.com:3478?transport=udp"], ...login },
    { urls: ["turn:global.turn.twilio.com:443?transport=tcp"], ...login },
  ];

  assert.deepEqual(await twilioTurn({ ...TWILIO, ttlSeconds: 3600 })(), expected);
  assert.deepEqual(await twilioTurn({ ...TWILIO, ...TWILIO_KEY })(), expected);
});

Deno.test("who is refused is told so, without the key, and the API is left alone for a while", async () => {
  using network = fakeNetwork({
    [CLOUDFLARE_ORIGIN]: cloudflareApi(),
    [TWILIO_ORIGIN]: twilioApi(),
  });
  const refused = [
    cloudflareTurn({ ...CLOUDFLARE, apiToken: "wr0ng" }),
    twilioTurn({ ...TWILIO, authToken: "wr0ng" }),
  ];

  for (const source of refused) {
    const check = (error: Error & { code?: string }) => {
      assert.equal(error.code, "no_credentials");
      assert.doesNotMatch(error.message, /wr0ng/);
      return true;
    };
    await assert.rejects(async () => await source(), check);
    await assert.rejects(async () => await source(), check);
  }
  assert.equal(network.sent.length, 2);
});

Deno.test("an API that is busy is asked again, and one that answers nonsense is no help", async () => {
  using _timers = impatient();
  const api = cloudflareApi();
  const answers = [503, 429];
  using network = fakeNetwork({
    [CLOUDFLARE_ORIGIN]: (request) => {
      const status = answers.shift();
      return status === undefined ? api(request) : new Response(null, { status });
    },
    [TWILIO_ORIGIN]: () => Response.json({ ice_servers: null }, { status: 201 }),
  });

  assert.equal((await cloudflareTurn(CLOUDFLARE)()).length, 2);
  assert.equal(network.sent.length, 3);
  await assert.rejects(async () => await twilioTurn(TWILIO)());
  network.hosts.clear();
  await assert.rejects(async () => await cloudflareTurn(CLOUDFLARE)(), {
    code: "unreachable",
    message: "Cloudflare did not answer when asked for credentials.",
  });
});

Deno.test("lifetimes that an API refuses are refused at once", () => {
  assert.throws(() => cloudflareTurn({ ...CLOUDFLARE, ttlSeconds: 172_801 }), /60 to 172800/);
  assert.throws(() => twilioTurn({ ...TWILIO, ttlSeconds: 86_401 }), /60 to 86400/);
  assert.throws(
    () => cloudflareTurn({ ...CLOUDFLARE, apiToken: "" }),
    /apiToken takes a non-empty string/,
  );
});
