import assert from "node:assert/strict";
import Telnyx from "telnyx";
import twilio from "twilio";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import { send } from "../../src/ways/phone/carriers/rest.ts";
import type { TelephonyTransportName } from "../../src/core/bot.ts";
import type { Environment } from "../../src/core/carrier.ts";
import { RunnerError } from "../../src/core/error.ts";
import { failuresOf } from "../../src/core/failures.ts";
import { type Captured, captureServer, plivoSdk, redirected } from "./oracles.ts";

const SID = "AC0000000000000000000000000000000a";
const CALLS = {
  twilio: "CA0000000000000000000000000000000b",
  telnyx: "v3:T02llQxIyaRkhfRKxgAP8nY511EhFLiz+dv=UKJiSw8d6A9Bborher/Q",
  plivo: "97ceeb52-58b6-11e1-86da-77300b68f8bb",
};
type HangsUp = keyof typeof CALLS;
const SUCCESS: Record<HangsUp, () => Response> = {
  twilio: () => Response.json({ sid: CALLS.twilio, status: "completed" }),
  telnyx: () => Response.json({ data: { result: "ok" } }),
  plivo: () => new Response(null, { status: 204 }),
};

function environment(origin: string): Environment {
  return {
    TWILIO_ACCOUNT_SID: SID,
    TWILIO_AUTH_TOKEN: "twilio-t0ken",
    TWILIO_BASE_URL: origin,
    TELNYX_API_KEY: "KEYtelnyx",
    TELNYX_BASE_URL: `${origin}/v2/`,
    PLIVO_AUTH_ID: "MAXXXXXXXXXXXXXXXXXX",
    PLIVO_AUTH_TOKEN: "plivo-t0ken",
    PLIVO_BASE_URL: `${origin}/v1`,
  };
}

async function hangUp(
  name: TelephonyTransportName,
  settings: Environment,
  callId: string,
  signal = new AbortController().signal,
): Promise<void> {
  const { hangUp } = await CARRIERS[name].commands(settings);
  assert.ok(hangUp);
  await hangUp({ callId, streamId: "s1" }, signal);
}

/** What of a request means something to the carrier. */
function meaning({ method, path, headers, body }: Captured): unknown {
  const [type] = (headers.get("content-type") ?? "").split(";");
  const content = body && type === "application/json" ? JSON.parse(body) : body;
  return { method, path, authorization: headers.get("authorization"), type, content };
}

const SDK_HANGS_UP: Record<HangsUp, (origin: string) => Promise<unknown>> = {
  twilio: (origin) =>
    redirected(
      origin,
      () => twilio(SID, "twilio-t0ken").calls(CALLS.twilio).update({ status: "completed" }),
    ),
  telnyx: (origin) =>
    new Telnyx({ apiKey: "KEYtelnyx", baseURL: `${origin}/v2` }).calls.actions
      .hangup(CALLS.telnyx, {}),
  plivo: (origin) =>
    redirected(
      origin,
      () => new plivoSdk.Client("MAXXXXXXXXXXXXXXXXXX", "plivo-t0ken").calls.hangup(CALLS.plivo),
    ),
};

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

Deno.test("a call that has ended already is no error", async () => {
  const answers: [HangsUp, () => Response][] = [
    ["twilio", () => Response.json({ code: 20404, message: "not found" }, { status: 404 })],
    ["twilio", () => Response.json({ code: 21220, message: "not in progress" }, { status: 400 })],
    [
      "telnyx",
      () => Response.json({ errors: [{ code: "90018", title: "ended" }] }, { status: 422 }),
    ],
    ["plivo", () => Response.json({ error: "not found" }, { status: 404 })],
  ];
  for (const [name, answer] of answers) {
    await using server = captureServer([answer]);
    await hangUp(name, environment(server.origin), CALLS[name]);
    assert.equal(server.requests.length, 1);
  }
});

Deno.test("a refusal is an error that says what to check and repeats no secret", async () => {
  const answers: [HangsUp, number, unknown, RegExp][] = [
    ["twilio", 401, { code: 20003, message: `no ${SID}` }, /20003.*TWILIO_AUTH_TOKEN/],
    ["twilio", 404, "<html>", /responded with 404/],
    ["twilio", 400, { code: 20001 }, /400 \(code 20001\)/],
    ["telnyx", 403, { errors: [{ code: "10010" }] }, /10010.*TELNYX_API_KEY/],
    ["telnyx", 422, { errors: [{ code: "90015" }] }, /422 \(code 90015\)/],
    ["telnyx", 404, { errors: "KEYtelnyx" }, /responded with 404/],
    ["plivo", 401, "nope", /PLIVO_AUTH_TOKEN/],
    ["plivo", 302, "", /responded with 302/],
  ];
  for (const [name, status, body, expected] of answers) {
    const headers = { location: "https://elsewhere.example.com/" };
    await using server = captureServer([() => Response.json(body, { status, headers })]);

    const error = await rejection(hangUp(name, environment(server.origin), CALLS[name]));

    assert.equal(error.code, "hang_up_failed");
    assert.match(error.message, expected);
    assert.equal(server.requests.length, 1, "it makes no sense to ask again");
    assertSecretless(error);
  }
});

Deno.test("a carrier that is not able to answer is asked three times", async () => {
  const busy = () => new Response("busy", { status: 503 });
  const many = () => new Response("many", { status: 429 });
  await using recovering = captureServer([busy, many, SUCCESS.plivo]);
  await using down = captureServer([busy]);

  const before = failedHangUps();
  await hangUp("plivo", environment(recovering.origin), CALLS.plivo);
  const error = await rejection(hangUp("plivo", environment(down.origin), CALLS.plivo));

  assert.equal(failedHangUps(), before + 1, "a command is counted as failed once it is given up");
  assert.equal(recovering.requests.length, 3);
  assert.equal(down.requests.length, 3);
  assert.match(error.message, /responded with 503/);
});

/** How many calls of Plivo could not be hung up so far. */
function failedHangUps(): number {
  const found = failuresOf("carrier").find(({ labels }) => labels.join() === "plivo,hang_up");
  return found?.count ?? 0;
}

Deno.test("a carrier that cannot be reached is an error that names no address", async () => {
  const gone = captureServer([SUCCESS.twilio]);
  await gone[Symbol.asyncDispose]();

  const error = await rejection(hangUp("twilio", environment(gone.origin), CALLS.twilio));

  assert.equal(error.code, "hang_up_failed");
  assert.match(error.message, /Twilio did not respond/);
  assert.equal(error.cause, undefined);
  assertSecretless(error);
});

Deno.test("an abort ends a request, and the wait before the next one", async () => {
  const stuck = Promise.withResolvers<Response>();
  await using server = captureServer([() => stuck.promise]);
  await using busy = captureServer([() => new Response("busy", { status: 503 })]);
  const controllers = [new AbortController(), new AbortController()] as const;

  const both = [
    rejection(hangUp("telnyx", environment(server.origin), CALLS.telnyx, controllers[0].signal)),
    rejection(hangUp("telnyx", environment(busy.origin), CALLS.telnyx, controllers[1].signal)),
  ];
  while (server.requests.length + busy.requests.length < 2) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const began = performance.now();
  for (const controller of controllers) controller.abort();
  const errors = await Promise.all(both);
  stuck.resolve(new Response());

  assert.ok(performance.now() - began < 200);
  for (const error of errors) assert.equal(error.code, "hang_up_failed");
  assert.equal(busy.requests.length, 1);
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

async function rejection(promise: Promise<unknown>): Promise<RunnerError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof RunnerError);
    return error;
  }
  throw new Error("it did not fail");
}

function assertSecretless(error: RunnerError): void {
  const told = `${error.message} ${error.stack} ${String(error.cause)}`;
  const secrets = [SID, "t0ken", "KEYtelnyx", "MAXXX", ...Object.values(CALLS)];
  for (const secret of secrets) assert.ok(!told.includes(secret), secret);
}
