import assert from "node:assert/strict";
import telnyxPackage from "telnyx/lib/webhooks.js";
import twilioSdk from "twilio";
import type { TelephonyTransportName } from "../../src/core/bot.ts";
import type { RunnerError } from "../../src/core/error.ts";
import { createRunner, type RunnerOptions } from "../../src/runner.ts";
import { serve } from "../../src/runtimes/deno.ts";
import { exotel } from "../../src/testing/carriers/exotel.ts";
import { plivo } from "../../src/testing/carriers/plivo.ts";
import { telnyx } from "../../src/testing/carriers/telnyx.ts";
import { SIMULATED } from "../../src/testing/carriers/mod.ts";
import { twilio } from "../../src/testing/carriers/twilio.ts";
import { call, type CallOptions, manualClock, telnyxKeys } from "../../src/testing/mod.ts";
import { distortion, signalToNoise, sine } from "../audio/signals.ts";
import { plivoSdk } from "../carriers/oracles.ts";
import { answering, echo, hear, listen, made } from "./telephone.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";
const KEYS = await telnyxKeys();
const SECRETS: Record<TelephonyTransportName, [string, NonNullable<RunnerOptions["environment"]>]> =
  {
    twilio: [TOKEN, { TWILIO_AUTH_TOKEN: TOKEN }],
    telnyx: [KEYS.secret, { TELNYX_PUBLIC_KEY: KEYS.publicKey }],
    plivo: [TOKEN, { PLIVO_AUTH_TOKEN: TOKEN }],
    exotel: ["user:pass:word", {
      EXOTEL_STREAM_USERNAME: "user",
      EXOTEL_STREAM_PASSWORD: "pass:word",
    }],
    vonage: [TOKEN, { VONAGE_SIGNATURE_SECRET: TOKEN }],
    asterisk: ["user:pass:word", {
      ASTERISK_STREAM_USERNAME: "user",
      ASTERISK_STREAM_PASSWORD: "pass:word",
    }],
  };
const PARTIES = {
  from: "+14155550199",
  to: "+14155550100",
  callId: "call-1",
  streamId: "stream-1",
  accountId: "account-1",
};
const CARRIERS = { twilio, telnyx, plivo, exotel };
/** Carriers whose audio is bytes. */
const BINARY = ["vonage", "asterisk"];

for (const [name, [secret, environment]] of Object.entries(SECRETS)) {
  const carrier = name as TelephonyTransportName; // the keys of SECRETS

  for (const method of ["GET", "POST"] as const) {
    Deno.test(`${carrier}: a signed ${method} is answered`, async () => {
      const { runner, answered } = answering(listen, { environment });

      await using _caller = await call(runner, { carrier, secret, method, pace: "fast" });

      assert.equal((await answered).args.transport, carrier);
    });
  }

  Deno.test(`${carrier}: a call that is signed wrongly, or not at all, is refused`, async () => {
    const { runner } = answering(listen, { environment });
    const { secret: other } = await telnyxKeys();

    for (const signed of [{}, { secret: carrier === "telnyx" ? other : "wrong:wrong" }]) {
      await assert.rejects(call(runner, { carrier, ...signed }), {
        code: SIMULATED[carrier].webhook ? "webhook_refused" : "stream_refused",
        status: 403,
      });
    }
  });
}

Deno.test("Twilio's own SDK accepts what is signed for it", async () => {
  const url = new URL("https://bot.test/twilio?x=1");
  const webhook = (method: "GET" | "POST") =>
    twilio.webhook!.request({
      url,
      method,
      parties: PARTIES,
      params: { Extra: "é" },
      secret: TOKEN,
    });
  const post = await webhook("POST");
  const get = await webhook("GET");
  const upgrade = await twilio.upgradeHeaders(new URL("wss://bot.test/ws/t"), TOKEN);
  const signature = (headers: Headers) => headers.get("x-twilio-signature") ?? "";
  const valid = (url: string, signature: string, form = {}) =>
    twilioSdk.validateRequest(TOKEN, signature, url, form);

  const form = Object.fromEntries(new URLSearchParams(await post.text()));
  assert.equal(form["Extra"], "é");
  assert.ok(valid(post.url, signature(post.headers), form));
  assert.ok(valid(get.url, signature(get.headers)));
  assert.ok(valid("wss://bot.test/ws/t", upgrade["x-twilio-signature"] ?? ""));
});

Deno.test("Plivo's own SDK accepts what is signed for it", async () => {
  const check = async (request: Request) => {
    const form = Object.fromEntries(new URLSearchParams(await request.clone().text()));
    return plivoSdk.validateV3Signature(
      request.method,
      request.url,
      request.headers.get("x-plivo-signature-v3-nonce") ?? "",
      TOKEN,
      request.headers.get("x-plivo-signature-v3") ?? "",
      form as Record<string, string>, // a form has no files here
    );
  };
  for (const method of ["GET", "POST"] as const) {
    for (const url of ["https://bot.test/plivo", "https://bot.test/plivo?b=2&a=1&b=1"]) {
      const order = { url: new URL(url), method, parties: PARTIES, params: {}, secret: TOKEN };
      assert.ok(await check(await plivo.webhook!.request(order)), `${method} ${url}`);
    }
  }
  const headers = await plivo.upgradeHeaders(new URL("wss://bot.test/ws/t?b=2&a=1"), TOKEN);
  assert.ok(
    plivoSdk.validateV3Signature(
      "GET",
      "wss://bot.test/ws/t?b=2&a=1",
      headers["x-plivo-signature-v3-nonce"] ?? "",
      TOKEN,
      headers["x-plivo-signature-v3"] ?? "",
    ),
  );
});

Deno.test("Telnyx's own SDK accepts what is signed for it", async () => {
  const request = await telnyx.webhook!.request({
    url: new URL("https://bot.test/telnyx"),
    method: "POST",
    parties: PARTIES,
    params: {},
    secret: KEYS.secret,
  });

  const webhook = new telnyxPackage.TelnyxWebhook(KEYS.publicKey);
  await webhook.verify(await request.text(), Object.fromEntries(request.headers));
});

Deno.test("a call that is turned away is told with the words for the caller", async () => {
  const { runner } = answering(listen, { onCall: () => ({ reject: "We are closed." }) });

  await assert.rejects(call(runner, { carrier: "twilio" }), {
    code: "call_refused",
    message: /We are closed\./,
  });
  await assert.rejects(call(runner, { carrier: "plivo" }), { code: "call_refused" });
});

Deno.test("further parameters of the webhook reach the bot", async () => {
  const { runner, answered } = answering(listen);

  await using _caller = await call(runner, {
    carrier: "twilio",
    params: { CallerName: "Zoë", CallStatus: "in-progress" },
    pace: "fast",
  });

  const { args } = await answered;
  const { CallerName, CallStatus } = args.body as Record<string, unknown>;
  assert.deepEqual([CallerName, CallStatus], ["Zoë", "in-progress"]);
});

for (const carrier of ["twilio", "exotel"] as const) {
  Deno.test(`${carrier}: a server is called over the network`, async () => {
    const { promise: called, resolve } = Promise.withResolvers<string>();
    await using server = await serve(async (args) => {
      assert.ok("callData" in args);
      resolve(args.callData.callId);
      await new Promise((done) => args.signal.addEventListener("abort", done));
    }, { port: 0, environment: SECRETS[carrier][1], webrtc: noPeers });
    const [secret] = SECRETS[carrier];

    await using caller = await call(server.url, { carrier, secret });

    assert.equal(await called, caller.callId);
    await assert.rejects(call(server.url, { carrier, streamUrl: "/ws/wrong" }), {
      code: "stream_refused",
    });
  });
}

const noPeers = { answer: () => Promise.reject(new Error("no WebRTC")) };

Deno.test("a URL at which nobody answers is named", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const url = `http://127.0.0.1:${listener.addr.port}`;
  listener.close();

  await assert.rejects(call(url, { carrier: "twilio" }), { code: "unreachable", message: /127/ });
});

Deno.test("what the carrier would not take is thrown when the call is disposed of", async () => {
  const runner = createRunner(async (args) => {
    assert.ok("callData" in args);
    const { callData: { streamId: streamSid }, websocket } = args;
    websocket.send("not json");
    websocket.send(new Uint8Array(2));
    websocket.send(JSON.stringify({ event: "media", streamSid, media: { payload: "!" } }));
    websocket.send(JSON.stringify({ label: "rtvi-ai", type: "bot-ready" }));
    await new Promise((done) => args.signal.addEventListener("abort", done));
  });
  const caller = await call(runner, { carrier: "twilio", pace: "fast" });
  await new Promise((resolve) => setTimeout(resolve, 0));

  assert.deepEqual(caller.violations, [
    "The message is not JSON: not json",
    "The server sent a binary message.",
    "The payload is not base64.",
    "The event undefined is not known.",
  ]);
  await assert.rejects(async () => await caller[Symbol.asyncDispose](), {
    code: "carrier_violations",
  });
});

Deno.test("more audio than the carrier keeps is a violation", async () => {
  const runner = createRunner(async (args) => {
    assert.ok("callData" in args);
    const { callData: { streamId }, websocket } = args;
    const payload = btoa("\xff".repeat(8000));
    const media = { contentType: "audio/x-mulaw", sampleRate: 8000, payload };
    for (let second = 0; second < 70; second++) {
      websocket.send(JSON.stringify({ event: "playAudio", streamId, media }));
    }
    await new Promise((done) => args.signal.addEventListener("abort", done));
  });
  const caller = await call(runner, { carrier: "plivo", clock: manualClock() });
  await new Promise((resolve) => setTimeout(resolve, 0));

  assert.equal(caller.violations[0], "More than 60000 ms of audio are queued.");
  assert.ok(caller.queuedMs <= 61_000);
  await assert.rejects(async () => await caller[Symbol.asyncDispose](), {
    code: "carrier_violations",
  });
});

Deno.test("the bot's keys are heard where the carrier sends them", async () => {
  const { runner } = answering(async ({ transport }) => {
    const writer = transport.writable.getWriter();
    for (const digit of "12#") await writer.write({ type: "dtmf", digit });
    await transport.drained();
  });
  await using caller = await call(runner, { carrier: "plivo" });

  await caller.ended;

  assert.equal(caller.digits, "12#");
});

Deno.test("a caller may speak at any sample rate", async () => {
  const { runner } = answering(echo);
  await using caller = await call(runner, { carrier: "exotel", pace: "fast" });

  await caller.say(made(sine(440, 48_000, 0.4), 48_000));

  const heard = await hear(caller, 400);
  assert.ok(distortion(heard.subarray(800, 2400), 440, 8000) < -50);
});

Deno.test("an Exotel applet with a fixed address calls no webhook and names its rate", async () => {
  const { runner, answered } = answering(echo);
  const tone = sine(440, 16_000, 0.2);

  await using caller = await call(runner, {
    carrier: "exotel",
    streamUrl: "/ws?sample-rate=16000&agent=a1",
    pace: "fast",
  });
  await caller.say(tone);

  assert.equal(caller.sampleRate, 16_000);
  assert.deepEqual((await answered).args.callData.body, { agent: "a1" });
  assert.ok(signalToNoise(tone, await hear(caller, 200)) > 60);
});

Deno.test("what is said on a clock that stands still is sent as the clock moves", async () => {
  const { runner } = answering(echo);
  const clock = manualClock();
  await using caller = await call(runner, { carrier: "twilio", clock });
  let said = false;
  void caller.say(new Int16Array(480)).then(() => said = true);

  await clock.advance(39);
  const before = said;
  await clock.advance(1);

  assert.deepEqual([before, said], [false, true]);
});

Deno.test("words that are cut off by the end of the call do not wait for ever", async () => {
  const { runner } = answering(() => Promise.resolve());
  await using caller = await call(runner, { carrier: "twilio" });

  await caller.say(new Int16Array(80_000));

  assert.equal((await caller.ended).by, "server");
  await caller.say(new Int16Array(80_000));
});

Deno.test("hostile messages are sent as they are", async () => {
  const { runner, answered } = answering(async ({ args }) => {
    await new Promise((done) => args.signal.addEventListener("abort", done));
  });
  await using caller = await call(runner, { carrier: "twilio", pace: "fast" });
  await answered;

  caller.send(JSON.stringify({ event: "stop", streamSid: caller.streamId, stop: {} }));

  await caller.ended;
  assert.throws(() => caller.press("x"), RangeError);
});

Deno.test("Exotel, which names no tracks, cannot stream both", async () => {
  const { runner } = answering(listen);
  const options: CallOptions = { carrier: "exotel", chaos: { bothTracks: true } };

  await assert.rejects(call(runner, options), { code: "bad_option" });
});

Deno.test("a carrier's ids are its own and new for each call", () => {
  for (const carrier of Object.values(CARRIERS)) {
    assert.notEqual(carrier.identify().callId, carrier.identify().callId);
  }
});

for (const [name, [secret, environment]] of Object.entries(SECRETS)) {
  const carrier = name as TelephonyTransportName; // the keys of SECRETS

  Deno.test(`${carrier}: a carrier of bad manners is borne: webhooks again, bytes, audio too early`, async () => {
    let heard = 0;
    let sessions = 0;
    const { runner, answered } = answering(async ({ transport }) => {
      sessions++;
      for await (const frame of transport.readable) {
        if (frame.type === "audio") heard += frame.samples.length;
      }
    }, { environment, limits: { maxSessions: 1 } });
    const { webhook } = SIMULATED[carrier];
    // Where bytes are audio, no text is framed so.
    const asBytes = BINARY.every((name) => name !== carrier);
    const chaos = { repeats: webhook ? 3 : 0, asBytes, earlyMedia: 30 };
    const caller = await call(runner, { carrier, secret, chaos, pace: "fast" });
    await answered;
    await caller.say(new Int16Array(caller.sampleRate / 10));
    await caller.hangUp();
    await runner.close();

    const chunk = carrier === "exotel" ? 100 : 20; // ms
    assert.equal(heard, caller.sampleRate * (30 * chunk + 100) / 1000);
    assert.equal(sessions, 1);
    assert.deepEqual(caller.violations, []);
  });
}

Deno.test("a server that answers a webhook twice with different words is found out", async () => {
  let count = 0;
  const server = {
    fetch: () =>
      new Response(`<Response><Reject reason="${count++ ? "busy" : "rejected"}"/></Response>`, {
        headers: { "content-type": "text/xml" },
      }),
  };

  await assert.rejects(call(server, { carrier: "twilio", chaos: { repeats: 1 } }), {
    code: "bad_answer",
  });
});

Deno.test("a wrong or unknown option of a call is one clear sentence", async () => {
  await using runner = createRunner(() => {});
  const refused = async (options: object) =>
    await call(runner, { carrier: "twilio", ...options }).then(
      () => assert.fail("it calls"),
      ({ code, message }: RunnerError) => `${code}: ${message}`,
    );

  assert.match(await refused({ carrier: "twillio" }), /^bad_option: The option carrier takes /);
  assert.match(await refused({ carrier: undefined }), /^bad_option: The option carrier takes /);
  assert.match(await refused({ form: "+1" }), /^bad_option: .*'form'\. Did you mean 'from'\?/);
  assert.match(
    await refused({ from: 15550100001 }),
    /option from takes a string, not 15550100001/,
  );
  assert.match(await refused({ path: "twilio" }), /option path takes a path that begins with/);
  assert.match(await refused({ chaos: { latency: 5 } }), /'chaos\.latency'/);
  assert.match(await refused({ chaos: { latencyMs: -5 } }), /option chaos\.latencyMs takes/);
  assert.doesNotMatch(await refused({ secret: 31337 }), /31337/);
});
