/** With a start token, whoever has none begins nothing. */
import assert from "node:assert/strict";
import { MemorySessionStore } from "../../src/sessions/store.ts";
import { createRunner, type RunnerOptions } from "../../src/runner.ts";
import { memoryPlatform } from "../../src/testing/memory_platform.ts";
import { dailyServer } from "../support/daily_server.ts";
import { fakePeers } from "../support/fake_peers.ts";

const TOKEN = "pk_3f2c9a7e5d1b48aa";
const OFFER = JSON.stringify({ sdp: "v=0", type: "offer" });
const BEARER = { authorization: `Bearer ${TOKEN}` };

function start(options: RunnerOptions = {}, remoteAddress?: string) {
  const started: string[] = [];
  const runner = createRunner(({ transport }) => void started.push(transport), {
    webrtc: fakePeers(),
    startToken: TOKEN,
    ...options,
  });
  const ask = (path: string, init: RequestInit = {}) => {
    const platform = { ...memoryPlatform(), remoteAddress: () => remoteAddress };
    return Promise.resolve(runner.fetch(new Request(`https://bot.test${path}`, init), platform));
  };
  const post = (path: string, body = "{}", headers: HeadersInit = {}) =>
    ask(path, { method: "POST", body, headers });
  return { runner, started, ask, post, [Symbol.asyncDispose]: () => runner.close() };
}

const UPGRADE = { upgrade: "websocket", connection: "upgrade", "sec-websocket-key": "one" };

Deno.test("every way to begin a session asks for the token", async () => {
  await using daily = dailyServer();
  await using runner = start({ environment: daily.environment });

  const refused = await Promise.all([
    runner.post("/start"),
    runner.post("/start", "{"),
    runner.post("/start", "{}", { authorization: TOKEN }),
    runner.post("/start", "{}", { authorization: `Basic ${btoa(`:${TOKEN}`)}` }),
    runner.post(`/start?token=${TOKEN}`),
    runner.post("/api/offer", OFFER),
    runner.ask("/daily"),
    runner.post("/daily"),
    runner.ask("/ws-client", { headers: UPGRADE }),
  ]);

  for (const response of refused) {
    assert.equal(response.status, 401);
    assert.equal(response.headers.get("www-authenticate"), 'Bearer realm="pipecat"');
    const { code, detail, info } = await response.json();
    assert.equal(code, "no_start_token");
    assert.match(detail, /Authorization: Bearer/);
    assert.equal(info, detail); // what client-js shows
  }
  assert.deepEqual([runner.started, daily.requests.length], [[], 0]);
});

Deno.test("with the token every way is open, and a session authorises what follows", async () => {
  await using daily = dailyServer();
  await using runner = start({ environment: daily.environment });

  const started = await runner.post("/start", "{}", BEARER);
  const { sessionId } = await started.json();
  const own = await runner.post(`/sessions/${sessionId}/api/offer`, OFFER);
  const bare = await runner.post("/api/offer", OFFER, BEARER);
  const room = await runner.ask("/daily", { headers: BEARER });
  const socket = await runner.ask("/ws-client", { headers: { ...UPGRADE, ...BEARER } });
  const { wsUrl } = await (await runner.post("/start", '{"transport":"websocket"}', BEARER)).json();
  const later = await runner.ask(new URL(wsUrl).pathname, { headers: UPGRADE });

  const statuses = [started, own, bare, room].map(({ status }) => status);
  assert.deepEqual(statuses, [200, 200, 200, 307]);
  assert.ok(socket.ok && later.ok);
  assert.equal(runner.started.length, 5);
});

Deno.test("what begins no session needs no token", async () => {
  await using runner = start();

  const paths = ["/status", "/livez", "/readyz"];
  const answers = await Promise.all(paths.map((path) => runner.ask(path)));
  const preflight = await runner.ask("/start", {
    method: "OPTIONS",
    headers: {
      origin: "https://bot.test",
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type",
    },
  });

  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200]);
  assert.ok(preflight.ok);
  assert.match(preflight.headers.get("access-control-allow-headers") ?? "", /authorization/);
});

Deno.test("one of several tokens is enough, so that one can take the place of another", async () => {
  await using runner = start({ startToken: `${TOKEN}, pk_another.one~good+/==` });
  const answers = [
    "Bearer pk_another.one~good+/==",
    `bearer ${TOKEN}`,
    `Bearer ${TOKEN},`,
    "Bearer",
  ]
    .map((authorization) => runner.post("/start", "{}", { authorization }));

  assert.deepEqual((await Promise.all(answers)).map(({ status }) => status), [200, 200, 401, 401]);
});

Deno.test("the environment gives the token, and an option takes its place", async () => {
  const environment = { PIPECAT_START_TOKEN: "pk_of_the_environment" };
  const runner = createRunner(() => {}, { environment });
  const post = (headers: HeadersInit = {}) =>
    runner.fetch(
      new Request("https://bot.test/start", {
        method: "POST",
        headers,
        body: '{"transport":"websocket"}',
      }),
    );

  assert.equal((await post()).status, 401);
  assert.equal((await post({ authorization: "Bearer pk_of_the_environment" })).status, 200);
  await using other = start({ environment });
  assert.equal((await other.post("/start", "{}", BEARER)).status, 200);
});

for (const startToken of [" ", ",", "pk_a,,pk_b", "two words", "naïve"]) {
  Deno.test(`the start token ${JSON.stringify(startToken)} is refused at once`, () => {
    assert.throws(() => createRunner(() => {}, { startToken }), { code: "bad_option" });
  });
}

Deno.test("whoever guesses is not listened to any more, and others are", async () => {
  await using guesser = start({}, "203.0.113.7");
  const wrong = { authorization: "Bearer pk_guess" };
  const statuses: number[] = [];
  for (let i = 0; i < 31; i++) {
    statuses.push((await guesser.post("/start", "{}", wrong)).status);
  }
  const lucky = await guesser.post("/start", "{}", BEARER);

  assert.deepEqual([statuses.filter((status) => status === 401).length, statuses.at(-1)], [
    30,
    429,
  ]);
  assert.equal(lucky.status, 429);
  assert.equal((await lucky.json()).code, "too_many_tokens");
  assert.ok(Number(lucky.headers.get("retry-after")) > 0);
});

for (const address of ["127.0.0.1", "::1", undefined]) {
  Deno.test(`wrong tokens by a tunnel, seen from ${address}, lock nobody out`, async () => {
    await using runner = start({}, address);
    const wrong = { authorization: "Bearer pk_guess", "x-forwarded-for": "203.0.113.7" };
    for (let i = 0; i < 100; i++) await runner.post("/start", "{}", wrong);
    const others = { ...BEARER, "x-forwarded-for": "198.51.100.1" };

    assert.equal((await runner.post("/start", "{}", others)).status, 200);
  });
}

Deno.test("guesses of a program on this machine are counted as well", async () => {
  await using runner = start({}, "127.0.0.1");
  const wrong = { authorization: "Bearer pk_guess" };
  for (let i = 0; i < 30; i++) await runner.post("/start", "{}", wrong);

  assert.equal((await runner.post("/start", "{}", wrong)).status, 429);
});

Deno.test("a missing token is no guess", async () => {
  await using runner = start({}, "203.0.113.7");
  for (let i = 0; i < 100; i++) await runner.post("/start");
  assert.equal((await runner.post("/start", "{}", BEARER)).status, 200);
});

Deno.test("TURN credentials are for those who begin a session, and for nobody else", async () => {
  const iceServers = [{ urls: ["turn:turn.test"], username: "u", credential: "turn-credential" }];
  await using runner = start({ iceServers, store: new MemorySessionStore() });

  const others = await Promise.all([
    runner.post("/start"),
    ...["/status", "/readyz", "/livez", "/", "/client/"].map((path) => runner.ask(path)),
    runner.post("/api/offer", OFFER),
  ]);
  const started = await runner.post("/start", "{}", BEARER);

  for (const response of others) {
    assert.ok(!(await response.text()).includes("turn-credential"));
  }
  assert.ok((await started.text()).includes("turn-credential"));
});
