import assert from "node:assert/strict";
import Telnyx from "telnyx";
import twilio from "twilio";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import { send } from "../../src/ways/phone/carriers/rest.ts";
import { captureServer, redirected } from "./oracles.ts";
import {
  CALLS,
  environment,
  hangUp,
  meaning,
  rejection,
  SDK_HANGS_UP,
  SID,
  SUCCESS,
} from "./hang_up.ts";

for (const name of ["twilio", "telnyx", "plivo"] as const) {
  Deno.test(`${name}: a hang-up is the request that its SDK sends`, async () => {
    await using server = captureServer([SUCCESS[name]]);
    await SDK_HANGS_UP[name](server.origin);

    await hangUp(name, environment(server.origin), CALLS[name]);

    const [theirs, ours, ...more] = server.requests;
    assert.ok(theirs && ours && more.length === 0);
    assert.deepEqual(meaning(ours), meaning(theirs));
    assert.ok(ours.headers.get("authorization"));
  });
}

Deno.test("Telnyx: answering and refusing a call are the commands that its SDK sends", async () => {
  await using server = captureServer([SUCCESS.telnyx]);
  const { actions } = new Telnyx({ apiKey: "KEYtelnyx", baseURL: `${server.origin}/v2` }).calls;
  const { signal } = new AbortController();
  const { answerCall } = await CARRIERS.telnyx.commands(environment(server.origin));
  assert.ok(answerCall);

  await actions.answer(CALLS.telnyx, {
    stream_url: "wss://bot.example.com/ws/T0k",
    stream_track: "inbound_track",
    stream_codec: "PCMU",
    stream_bidirectional_mode: "rtp",
    stream_bidirectional_codec: "PCMU",
    stream_bidirectional_target_legs: "self",
  });
  await answerCall(CALLS.telnyx, {
    callId: CALLS.telnyx,
    url: "wss://bot.example.com/ws/T0k",
    parameters: {},
  }, signal);
  await actions.reject(CALLS.telnyx, { cause: "CALL_REJECTED" });
  await answerCall(CALLS.telnyx, undefined, signal);

  const [answer, ourAnswer, reject, ourReject] = server.requests.map(meaning);
  assert.deepEqual(ourAnswer, answer);
  assert.deepEqual(ourReject, reject);
});

Deno.test("Twilio: an API key stands in for the auth token", async () => {
  await using server = captureServer([SUCCESS.twilio]);
  const keys = { TWILIO_API_KEY: "SKkey", TWILIO_API_SECRET: "s3cret", TWILIO_AUTH_TOKEN: "" };
  await redirected(
    server.origin,
    () =>
      twilio("SKkey", "s3cret", { accountSid: SID }).calls(CALLS.twilio)
        .update({ status: "completed" }),
  );

  await hangUp("twilio", { ...environment(server.origin), ...keys }, CALLS.twilio);

  const [theirs, ours] = server.requests;
  assert.ok(theirs && ours);
  assert.deepEqual(meaning(ours), meaning(theirs));
});

Deno.test("Twilio: region and edge choose the host that its SDK chooses", async () => {
  const places = [{}, { region: "au1" }, { edge: "sydney" }, { region: "au1", edge: "sydney" }];
  for (const { region = "", edge = "" } of places) {
    const hosts: string[] = [];
    const httpClient = {
      request(options: { uri: string }) {
        hosts.push(new URL(options.uri).origin);
        return Promise.resolve({ statusCode: 200, body: { sid: CALLS.twilio } });
      },
    };
    // True: the client calls nothing but `request`, and reads nothing else of its answer.
    const options = { httpClient, region, edge } as unknown as twilio.ClientOpts;
    await twilio(SID, "t", options).calls(CALLS.twilio).update({ status: "completed" });
    const fetched = globalThis.fetch;
    globalThis.fetch = (input) => {
      hosts.push(new URL(String(input)).origin);
      return Promise.resolve(new Response("{}"));
    };
    try {
      const settings = {
        TWILIO_ACCOUNT_SID: SID,
        TWILIO_AUTH_TOKEN: "t",
        TWILIO_REGION: region,
        TWILIO_EDGE: edge,
      };
      await hangUp("twilio", settings, CALLS.twilio);
    } finally {
      globalThis.fetch = fetched;
    }
    assert.equal(hosts.length, 2);
    assert.equal(hosts[1], hosts[0]);
  }
});

Deno.test("the carriers' own hosts are the ones that their SDKs call", async () => {
  const asked: string[] = [];
  const fetched = globalThis.fetch;
  globalThis.fetch = (input) => {
    asked.push(String(input));
    return Promise.resolve(new Response("{}"));
  };
  try {
    const { TELNYX_BASE_URL: _telnyx, PLIVO_BASE_URL: _plivo, ...settings } = environment("");
    await hangUp("telnyx", settings, "v3:1");
    await hangUp("plivo", settings, "1-2");
  } finally {
    globalThis.fetch = fetched;
  }

  assert.deepEqual(asked, [
    "https://api.telnyx.com/v2/calls/v3:1/actions/hangup",
    "https://api.plivo.com/v1/Account/MAXXXXXXXXXXXXXXXXXX/Call/1-2/",
  ]);
});

Deno.test("an id that names no call is never sent: with Plivo it would end all calls", async () => {
  await using server = captureServer([SUCCESS.plivo]);
  for (const name of ["twilio", "telnyx", "plivo"] as const) {
    for (const callId of ["", ".", "..", "..."]) {
      const error = await rejection(hangUp(name, environment(server.origin), callId));
      assert.equal(error.code, "hang_up_failed");
    }
  }
  assert.deepEqual(server.requests, []);
});

Deno.test("an id cannot lead to another path", async () => {
  await using server = captureServer([SUCCESS.plivo]);
  for (
    const callId of ["../x", "a/../..", "?x", "#", "%2e%2e", "a b", " ", "\\..\\", "ä", "\ud800"]
  ) {
    await hangUp("plivo", environment(server.origin), callId);
  }
  for (const { path } of server.requests) {
    assert.match(path, /^\/v1\/Account\/MAXXXXXXXXXXXXXXXXXX\/Call\/[^/?#]+\/$/);
  }
  assert.equal(server.requests.length, 10);
});

Deno.test("the call of the prebuilt page is never hung up", async () => {
  await using server = captureServer([SUCCESS.twilio]);

  await hangUp("twilio", environment(server.origin), "mock");

  assert.deepEqual(server.requests, []);
});

Deno.test("Exotel has no command to hang up", async () => {
  const settings = { EXOTEL_API_KEY: "k", EXOTEL_API_TOKEN: "t", EXOTEL_SID: "s" };
  assert.deepEqual(Object.keys(await CARRIERS.exotel.commands(settings)), ["dial"]);
});

Deno.test("a body that never ends does not hold a command up for longer than its signal", async () => {
  const body = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)) });
  await using server = captureServer([() => new Response(body)]);
  const controller = new AbortController();
  const command = {
    carrier: "Twilio",
    purpose: "hang_up" as const,
    method: "POST" as const,
    url: server.origin,
    headers: {},
    variables: "",
    over: () => false,
  };

  const sent = rejection(send(command, controller.signal));
  while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  controller.abort();

  assert.equal((await sent).code, "hang_up_failed");
  await body.cancel().catch(() => {}); // the server holds it
});
