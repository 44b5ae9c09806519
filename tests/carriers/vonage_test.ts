import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { tokenGenerate, verifySignature } from "@vonage/jwt";
import fc from "fast-check";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import { vonageAccount } from "../../src/ways/phone/carriers/vonage.ts";
import { sha256 } from "../../src/core/hash.ts";
import { call } from "../../src/testing/mod.ts";
import { answering, listen } from "../testing/telephone.ts";
import { captureServer } from "./oracles.ts";
import { flips, request, upgrade, webhook } from "./signed_request.ts";
import { NO_QUERY } from "./stream.ts";

const { vonage } = CARRIERS;
const SECRET = "0123456789abcdef0123456789abcdef";
const NOW = 1_795_330_800_000;
const UUID = "63f61863-4a51-4f6b-86e1-46edebcf9356";
const ANSWER_URL = "https://bot.example.com/vonage";
const KEYS = generateKeyPairSync("rsa", { modulusLength: 2048 });
const PRIVATE_KEY = KEYS.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const PUBLIC_KEY = KEYS.publicKey.export({ type: "spki", format: "pem" }).toString();
const APPLICATION = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab";

const START = {
  event: "websocket:connected",
  "content-type": "audio/l16;rate=16000",
  uuid: UUID,
  from_number: "15550107777",
  to_number: "15550108888",
  note: "a",
};

function open(rate = 16_000) {
  const message = { ...START, "content-type": `audio/l16;rate=${rate}` };
  return vonage.serializer(vonage.readStart(message, NO_QUERY)!);
}

/** A token such as Vonage's webhooks bring, made by nothing of ours. */
async function token(claims: Record<string, unknown>, secret = SECRET, alg = "HS256") {
  const { default: jwt } = await import("jsonwebtoken");
  return jwt.sign(claims, secret, { algorithm: alg as "HS256" });
}

Deno.test("Vonage: the first message tells the call, by the headers of the NCCO", () => {
  assert.deepEqual(vonage.readStart(START, NO_QUERY), {
    callData: {
      streamId: UUID,
      callId: UUID,
      from: "15550107777",
      to: "15550108888",
      body: { uuid: UUID, from_number: "15550107777", to_number: "15550108888", note: "a" },
      raw: START,
    },
    audio: { encoding: "l16", sampleRate: 16_000 },
  });
});

Deno.test("Vonage: a stream without a call, or of another codec, is refused with what to change", () => {
  const { uuid: _, ...nameless } = START;
  const opus = { ...START, "content-type": "audio/opus" };

  assert.throws(() => vonage.readStart(nameless, NO_QUERY), {
    code: "bad_start",
    message: /no id/,
  });
  assert.throws(() => vonage.readStart(opus, NO_QUERY), {
    code: "bad_start",
    message: /content-type of the endpoint/,
  });
  assert.equal(vonage.readStart({ ...START, event: "websocket:dtmf" }, NO_QUERY), undefined);
});

Deno.test("Vonage: what it sends is understood", () => {
  const { parse } = open();
  const read = (message: unknown) => parse(JSON.stringify(message));
  const samples = Int16Array.from({ length: 320 }, (_, i) => i * 7 - 900);
  const bytes = new Uint8Array(samples.buffer.slice(0));

  assert.deepEqual(parse(bytes), { type: "media", samples, timestamp: 0 });
  assert.deepEqual(parse(bytes), { type: "media", samples, timestamp: 20 });
  assert.deepEqual(read({ event: "websocket:dtmf", digit: "5", duration: 260 }), {
    type: "dtmf",
    digit: "5",
  });
  assert.deepEqual(read({ event: "websocket:notify", payload: { name: "m-1" } }), {
    type: "mark",
    name: "m-1",
  });
  assert.deepEqual(read({ event: "websocket:cleared" }), { type: "cleared" });
  assert.deepEqual(read(START), { type: "ignored" });
  assert.deepEqual(parse(new Uint8Array(0)), { type: "ignored" });
  assert.equal(parse(new Uint8Array(3)).type, "malformed");
  assert.equal(read({ event: "websocket:dtmf", digit: "x" }).type, "malformed");
  assert.equal(read({ event: "websocket:notify", payload: { other: 1 } }).type, "malformed");
});

Deno.test("Vonage: what is sent is what it documents: 20 ms of bytes, and actions", () => {
  for (const rate of [8_000, 16_000, 24_000]) {
    const serializer = open(rate);
    const frame = rate / 50;
    assert.deepEqual(serializer.size, { min: frame, max: frame, multiple: frame });
    assert.deepEqual(serializer.media(new Int16Array(frame)), new Uint8Array(frame * 2));
  }
  const { media, mark, clear } = open();
  assert.deepEqual(media(Int16Array.of(1, -2)), Uint8Array.of(1, 0, 0xfe, 0xff)); // low byte first
  assert.deepEqual(JSON.parse(mark('m"1')), { action: "notify", payload: { name: 'm"1' } });
  assert.deepEqual(JSON.parse(clear()), { action: "clear" });
});

Deno.test("Vonage: no message makes the parser throw", () => {
  const { parse } = open();
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parse(text)));
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void parse(Uint8Array.from(bytes))));
});

Deno.test("Vonage: a webhook is a call, news, or the end of a call", () => {
  const { read } = vonage.webhook!;
  const call = { from: "15550107777", to: "15550108888", uuid: UUID, conversation_uuid: "CON-1" };

  assert.deepEqual(read({ ...call, "SipHeader_X-Id": "7", custom_data: "c" }), {
    kind: "call",
    call: {
      callId: UUID,
      from: "15550107777",
      to: "15550108888",
      clientState: "c",
      sipHeaders: { "X-Id": "7" },
    },
  });
  for (const status of ["started", "ringing", "answered"]) {
    assert.deepEqual(read({ ...call, status }), { kind: "news", callId: UUID });
  }
  const over = ["completed", "busy", "failed", "timeout", "unanswered", "rejected", "cancelled"];
  for (const status of over) {
    assert.deepEqual(read({ ...call, status }), { kind: "news", callId: UUID, over: true });
  }
  assert.throws(() => read({ from: "1", to: "2" }), { code: "bad_webhook" });
});

Deno.test("Vonage: the NCCO connects the stream, with the call's id; a refusal has words or nothing", async () => {
  const { answer, refuse } = vonage.webhook!;
  const parameters = { from_number: "15550107777" };
  const ncco = answer({ callId: UUID, url: "wss://bot.example.com/ws/T0k", parameters });

  assert.match(ncco.headers.get("content-type") ?? "", /^application\/json/);
  assert.deepEqual(await ncco.json(), [{
    action: "connect",
    endpoint: [{
      type: "websocket",
      uri: "wss://bot.example.com/ws/T0k",
      "content-type": "audio/l16;rate=16000",
      headers: { uuid: UUID, from_number: "15550107777" },
      authorization: { type: "vonage" },
    }],
  }]);
  assert.deepEqual(await refuse("We are closed.").json(), [
    { action: "talk", text: "We are closed." },
  ]);
  assert.deepEqual(await refuse("").json(), []);
});

Deno.test("Vonage: a webhook with a token of its own is taken, and no other", async () => {
  const account = vonageAccount({ VONAGE_SIGNATURE_SECRET: SECRET }, () => NOW);
  const body = JSON.stringify({ uuid: UUID, from: "1", to: "2" });
  const claims = { iat: NOW / 1000, iss: "Vonage", payload_hash: await sha256(body) };
  const signed = await token(claims);
  const post = (value: string, content = body) =>
    webhook(account, request("POST", ANSWER_URL, { authorization: `Bearer ${value}` }, content));

  assert.ok(await post(signed));
  assert.ok(verifySignature(signed, SECRET), "the SDK agrees");
  assert.ok(!await post(signed, `${body} `), "another body");
  assert.ok(!await post(await token({ ...claims, payload_hash: undefined })), "no hash of a body");
  assert.ok(!await post(await token(claims, "another secret")));
  assert.ok(!await post(await token(claims, SECRET, "HS512")), "another algorithm");
  assert.ok(!await post(await token({ ...claims, iat: NOW / 1000 - 301 })), "too old");
  assert.ok(!await post(await token({ ...claims, iat: NOW / 1000 + 301 })), "from the future");
  const [head, content] = signed.split(".");
  assert.ok(!await post(`${head}.${content}.`), "no signature");
  const none = btoa(`{"alg":"none"}`).replaceAll("=", "");
  assert.ok(!await post(`${none}.${content}.`), "alg none");
  for (const flipped of flips(signed)) assert.ok(!await post(flipped), flipped);
  assert.ok(!await webhook(account, request("POST", ANSWER_URL, {}, body)));
});

Deno.test("Vonage: a signed GET is bound to its query, where its token tells of it", async () => {
  const account = vonageAccount({ VONAGE_SIGNATURE_SECRET: SECRET }, () => NOW);
  const url = `${ANSWER_URL}?to=2&from=1&uuid=${UUID}`;
  const hash = await sha256(JSON.stringify({ to: "2", from: "1", uuid: UUID }));
  const get = async (payload_hash: string | undefined, address = url) => {
    const value = await token({ iat: NOW / 1000, payload_hash });
    return await webhook(account, request("GET", address, { authorization: `Bearer ${value}` }));
  };

  assert.ok(await get(hash));
  assert.ok(await get(undefined));
  assert.ok(!await get(hash, `${url}&from=3`));
  assert.ok(!await get("0".repeat(64)));
});

Deno.test("Vonage: one token opens one call", async () => {
  const environment = { VONAGE_SIGNATURE_SECRET: SECRET };
  const { runner } = answering(listen, { environment });
  const authorization = `Bearer ${await token({ iat: Math.floor(Date.now() / 1000) })}`;
  const ring = (uuid: string) =>
    runner.fetch(new Request(`${ANSWER_URL}?uuid=${uuid}`, { headers: { authorization } }));

  assert.equal((await ring("c1")).status, 200);
  assert.equal((await ring("c1")).status, 200, "the same call again");
  assert.equal((await ring("c2")).status, 403);
});

Deno.test("Vonage: a WebSocket with its token is its own, at an address without one of ours", async () => {
  const environment = { VONAGE_SIGNATURE_SECRET: SECRET };
  const account = vonageAccount(environment, () => NOW);
  const signed = await token({ iat: NOW / 1000 });
  const ask = (headers: Record<string, string>) =>
    upgrade(account, request("GET", "wss://bot.example.com/ws", headers));
  const { runner, answered } = answering(listen, { environment });
  const direct = { carrier: "vonage", pace: "fast", streamUrl: "/ws" } as const;

  assert.ok(await ask({ authorization: `Bearer ${signed}` }));
  assert.ok(!await ask({ authorization: `Bearer ${await token({ iat: NOW / 1000 }, "other")}` }));
  assert.ok(!await ask({}));
  await assert.rejects(call(runner, direct), { code: "stream_refused" });
  await using caller = await call(runner, { ...direct, secret: SECRET });
  assert.equal((await answered).args.callData.callId, caller.callId);
});

Deno.test("Vonage: a hang-up shows a token that the SDK takes for one of its own", async () => {
  await using server = captureServer([() => new Response(null, { status: 204 })]);
  const { hangUp } = await vonage.commands({
    VONAGE_APPLICATION_ID: APPLICATION,
    VONAGE_PRIVATE_KEY: PRIVATE_KEY.replaceAll("\n", "\\n"), // as in a file of variables
    VONAGE_BASE_URL: `${server.origin}/`,
  });

  await hangUp!({ callId: UUID, streamId: UUID }, new AbortController().signal);

  const [sent] = server.requests;
  assert.deepEqual(
    [sent?.method, sent?.path, sent?.body],
    ["PUT", `/v1/calls/${UUID}`, `{"action":"hangup"}`],
  );
  const shown = sent?.headers.get("authorization")?.replace("Bearer ", "") ?? "";
  const { default: jwt } = await import("jsonwebtoken");
  const ours = jwt.verify(shown, PUBLIC_KEY, { algorithms: ["RS256"] }) as Record<string, unknown>;
  const theirs = jwt.decode(tokenGenerate(APPLICATION, PRIVATE_KEY)) as Record<string, unknown>;
  assert.deepEqual(Object.keys(ours).sort(), Object.keys(theirs).sort());
  assert.equal(ours.application_id, APPLICATION);
});

Deno.test("Vonage: a call that has ended is no error, and a key that is none is one sentence", async () => {
  await using server = captureServer([() => new Response(null, { status: 404 })]);
  const settings = {
    VONAGE_APPLICATION_ID: APPLICATION,
    VONAGE_PRIVATE_KEY: PRIVATE_KEY,
    VONAGE_BASE_URL: server.origin,
  };
  const { hangUp } = await vonage.commands(settings);
  await hangUp!({ callId: UUID, streamId: UUID }, new AbortController().signal);

  const pkcs1 = KEYS.privateKey.export({ type: "pkcs1", format: "pem" }).toString();
  for (const wrong of ["private.key", pkcs1]) {
    assert.throws(() => vonage.commands({ ...settings, VONAGE_PRIVATE_KEY: wrong }), {
      code: "bad_private_key",
      message: /^VONAGE_PRIVATE_KEY must be an RSA key/,
    });
  }
});
