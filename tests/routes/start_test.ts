import assert from "node:assert/strict";
import { createRunner, type RunnerOptions } from "../../src/runner.ts";
import { fakePeers } from "../support/fake_peers.ts";

function runner(options: RunnerOptions = {}) {
  return createRunner(() => {}, { webrtc: fakePeers(), ...options });
}

function post(path: string, body: BodyInit | null, headers: HeadersInit = {}): Request {
  return new Request(`http://bot.test${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
}

Deno.test("status lists only what is enabled", async () => {
  const withWebRTC = await runner().fetch(new Request("http://bot.test/status"));
  const without = await createRunner(() => {}).fetch(new Request("http://bot.test/status"));

  const always = ["twilio", "telnyx", "plivo", "exotel", "vonage", "asterisk", "websocket"];
  assert.deepEqual(await withWebRTC.json(), {
    status: "ready",
    transports: ["webrtc", ...always],
  });
  assert.deepEqual(await without.json(), { status: "ready", transports: always });
});

Deno.test("a start without a body begins a WebRTC session", async () => {
  const response = await runner().fetch(post("/start", null));

  const answer = await response.json();
  assert.equal(response.status, 200);
  assert.match(answer.sessionId, /^[0-9a-f-]{36}$/);
  assert.equal(response.headers.get("x-session-id"), answer.sessionId);
  assert.deepEqual(Object.keys(answer), ["sessionId"]);
});

Deno.test("a start of WebRTC gets the stack ready, and no other does", async () => {
  let rehearsals = 0;
  const rehearse = () => Promise.resolve(void rehearsals++);
  const bots = runner({ webrtc: { ...fakePeers(), rehearse } });

  await bots.fetch(post("/start", `{"transport":"websocket"}`));
  assert.equal(rehearsals, 0);
  await bots.fetch(post("/start", `{"transport":"webrtc"}`));
  assert.equal(rehearsals, 1);
});

Deno.test("ICE servers are handed out when configured, or when asked for", async () => {
  const configured = [{ urls: ["turn:turn.test"], username: "u", credential: "c" }];
  const ask = () => post("/start", JSON.stringify({ enableDefaultIceServers: true }));

  const own = await (await runner({ iceServers: configured }).fetch(post("/start", "{}"))).json();
  const standard = await (await runner().fetch(ask())).json();
  const both = await (await runner({ iceServers: configured }).fetch(ask())).json();

  assert.deepEqual(own.iceConfig, { iceServers: configured });
  assert.deepEqual(standard.iceConfig, {
    iceServers: [{ urls: ["stun:stun.l.google.com:19302"] }],
  });
  assert.deepEqual(both.iceConfig, { iceServers: configured });
});

Deno.test("a function that tells ICE servers is called for each start, and one that fails stops none", async () => {
  let starts = 0;
  const iceServers = () => {
    if (++starts > 2) throw new Error("the API is down");
    return Promise.resolve([{ urls: ["turn:turn.test"], username: `${starts}`, credential: "c" }]);
  };
  const counting = runner({ iceServers });
  const start = async (body = "{}") => await (await counting.fetch(post("/start", body))).json();

  const [first, second, without] = [await start(), await start(), await start()];
  const standard = await start(`{"enableDefaultIceServers":true}`);

  assert.equal(first.iceConfig.iceServers[0].username, "1");
  assert.equal(second.iceConfig.iceServers[0].username, "2");
  assert.deepEqual(Object.keys(without), ["sessionId"]);
  assert.match(standard.iceConfig.iceServers[0].urls[0], /^stun:/);
});

Deno.test("createDailyRoom means Daily, and where its key is missing the answer names it", async () => {
  const response = await runner().fetch(post("/start", `{"createDailyRoom":true}`));

  const answer = await response.json();
  assert.equal(response.status, 500);
  assert.equal(answer.code, "no_credentials");
  assert.match(answer.detail, /DAILY_API_KEY/);
});

Deno.test("a restricted runner refuses other transports and defaults to its own", async () => {
  const restricted = runner({ transport: "webrtc" });

  const refused = await restricted.fetch(post("/start", `{"transport":"twilio"}`));
  const started = await restricted.fetch(post("/start", "{}"));

  assert.equal(refused.status, 400);
  assert.equal((await refused.json()).code, "transport_not_allowed");
  assert.equal(started.status, 200);
});

const BAD: [name: string, body: string, code: string][] = [
  ["malformed JSON", "{", "bad_json"],
  ["a list", "[]", "bad_request"],
  ["a string", `"webrtc"`, "bad_request"],
  ["null", "null", "bad_request"],
  ["an unknown transport", `{"transport":"carrier-pigeon"}`, "bad_request"],
  ["a transport of another type", `{"transport":7}`, "bad_request"],
  ["a createDailyRoom of another type", `{"createDailyRoom":"yes"}`, "bad_request"],
];
for (const [name, body, code] of BAD) {
  Deno.test(`${name} as the start body is a 400 that every client can read`, async () => {
    const response = await runner().fetch(post("/start", body));

    const answer = await response.json();
    assert.equal(response.status, 400);
    assert.equal(answer.code, code);
    assert.ok(answer.detail.length > 0);
    assert.equal(answer.info, answer.detail);
    assert.equal(answer.error, answer.detail);
  });
}

Deno.test("a start body over 1 MB is a 413, announced or streamed", async () => {
  const large = JSON.stringify({ body: "x".repeat(1_000_001) });
  const announced = await runner().fetch(post("/start", large, {
    "content-length": String(large.length),
  }));
  const streamed = await runner().fetch(post("/start", new Blob([large]).stream()));

  assert.equal(announced.status, 413);
  assert.equal(streamed.status, 413);
  assert.equal((await streamed.json()).code, "too_large");
});

Deno.test("a wrong method is a 405 that names the right ones", async () => {
  const response = await runner().fetch(new Request("http://bot.test/start"));

  assert.equal(response.status, 405);
  assert.equal(response.headers.get("allow"), "POST");
  assert.equal((await response.json()).code, "wrong_method");
});

Deno.test("an unknown path is a 404 in JSON", async () => {
  const response = await runner().fetch(new Request("http://bot.test/nowhere"));

  assert.equal(response.status, 404);
  assert.equal((await response.json()).code, "not_found");
});
