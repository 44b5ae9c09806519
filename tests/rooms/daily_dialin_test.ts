import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { configureDaily } from "../../src/ways/daily/configure.ts";
import { DialinWebhook, isProbe } from "../../src/ways/daily/dialin.ts";
import { dialinVerifier } from "../../src/ways/daily/signature.ts";
import { DailyDialinRequest, pinlessCallUpdate } from "../../src/ways/daily/waiting_call.ts";
import { type DailyServer, dailyServer } from "../support/daily_server.ts";
import { impatient } from "./impatient.ts";

/** Made with Python's hmac, as Pipecat's own example checks signatures. */
const VECTOR = {
  secret: "9jyatvPWQfBymCGDOYPYKF/TRZXR+08Gj4bvPF78pH0=",
  timestamp: "1795330800",
  body: `{"To":"+15559876543","From":"+15551234567","callId":"c1","callDomain":"d1"}`,
  signature: "IgGtNjAFJDCmt/l2/OQFNUDl3sz9ezplSc1NKprV4t8=",
};
const TIME = Number(VECTOR.timestamp) * 1000;

interface Attempt {
  readonly timestamp?: string | undefined;
  readonly signature?: string | undefined;
  readonly body?: string;
  readonly now?: number;
}

function verify(attempt: Attempt): Promise<boolean> {
  const { timestamp, signature, body, now = TIME } = { ...VECTOR, ...attempt };
  const headers = new Headers();
  if (timestamp !== undefined) headers.set("X-Pinless-Timestamp", timestamp);
  if (signature !== undefined) headers.set("X-Pinless-Signature", signature);
  const verifier = dialinVerifier(VECTOR.secret, () => now);
  return verifier(headers, new TextEncoder().encode(body));
}

function sign(timestamp: string, body: string): string {
  const key = Uint8Array.from(atob(VECTOR.secret), (character) => character.charCodeAt(0));
  return createHmac("sha256", key).update(`${timestamp}.${body}`).digest("base64");
}

Deno.test("a request that Daily has signed is Daily's", async () => {
  assert.equal(await verify({}), true);
});

Deno.test("a time in ms counts as one in s", async () => {
  const timestamp = `${TIME + 250}`;
  const signature = sign(timestamp, VECTOR.body);

  assert.equal(await verify({ timestamp, signature }), true);
  assert.equal(await verify({ timestamp, signature, now: TIME + 301_000 }), false);
});

const FORGED: Readonly<Record<string, Attempt>> = {
  "another body": { body: VECTOR.body.replace("c1", "c2") },
  "another time": { timestamp: "1795330801" },
  "a body with one more space": { body: `${VECTOR.body} ` },
  "no signature": { signature: undefined },
  "no time": { timestamp: undefined },
  "an empty signature": { signature: "" },
  "a signature in hex": { signature: "2201ad363005" },
  "a signature that is no base64": { signature: "***" },
  "a signature that is cut": { signature: VECTOR.signature.slice(0, 20) },
  "a time that is no number": { timestamp: "now", signature: sign("now", VECTOR.body) },
  "a negative time": { timestamp: "-1", signature: sign("-1", VECTOR.body) },
  "a request of six minutes ago": { now: TIME + 360_000 },
  "a request of six minutes from now": { now: TIME - 360_000 },
};
for (const [name, attempt] of Object.entries(FORGED)) {
  Deno.test(`${name} is refused`, async () => {
    assert.equal(await verify(attempt), false);
  });
}

Deno.test("every body can be signed, and none passes for another", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary" }), fc.string(), async (body, other) => {
      const signature = sign(VECTOR.timestamp, body);
      assert.equal(await verify({ body, signature }), true);
      assert.equal(await verify({ body: other, signature }), other === body);
    }),
    { numRuns: 100 },
  );
});

for (const secret of ["", "not base64!"]) {
  Deno.test(`"${secret}" as the secret is refused at once`, () => {
    assert.throws(() => dialinVerifier(secret), { code: "bad_environment" });
  });
}

Deno.test("probes are told from calls", () => {
  const probes = [`{"test":"test"}`, `{"Test":"test"}`, `{"To":"+15559876543"}`];
  const others = [VECTOR.body, "{}", "", "null", "[]", `{"From":"a","To":"b"}`, `"To"`];

  assert.deepEqual(probes.map(isProbe), probes.map(() => true));
  assert.deepEqual(others.map(isProbe), others.map(() => false));
});

Deno.test("SIP headers become text, and a missing id is no call", () => {
  const call = { From: "sip:a@b", To: "", callId: "c1", callDomain: "d1" };

  const { sipHeaders } = DialinWebhook.parse({ ...call, sipHeaders: { "X-A": 1, "X-B": "b" } });

  assert.deepEqual(sipHeaders, { "X-A": "1", "X-B": "b" });
  assert.equal(DialinWebhook.safeParse({ ...call, callId: "" }).success, false);
  assert.equal(DialinWebhook.safeParse({ ...call, callId: "x".repeat(257) }).success, false);
});

function waiting({ environment }: DailyServer, callId = "c1"): DailyDialinRequest {
  return DailyDialinRequest.parse({
    dialin_settings: { call_id: callId, call_domain: "d1" },
    daily_api_key: environment.DAILY_API_KEY,
    daily_api_url: environment.DAILY_API_URL,
  });
}

Deno.test("a call is put through to its room", async () => {
  await using daily = dailyServer({ sipPrefix: false });
  const { sipEndpoint = "" } = await configureDaily({ ...daily, sipCallerPhone: "+15551234567" });

  await pinlessCallUpdate(waiting(daily), sipEndpoint);
  await pinlessCallUpdate(waiting(daily, "c2"), sipEndpoint.replace("sip:", ""));

  assert.deepEqual([...daily.calls], [["c1", sipEndpoint], ["c2", sipEndpoint]]);
});

Deno.test("a call is put through again only if Daily has not taken it", async () => {
  await using daily = dailyServer();
  using _timers = impatient();
  const { sipEndpoint = "" } = await configureDaily({ ...daily, sipCallerPhone: "+15551234567" });
  const before = daily.requests.length;

  daily.fail({ status: 502, carriedOut: true });
  await assert.rejects(pinlessCallUpdate(waiting(daily), sipEndpoint), { code: "daily_failed" });
  const afterFailure = daily.requests.length;
  daily.fail({ status: 429 });
  await pinlessCallUpdate(waiting(daily, "c2"), sipEndpoint);

  assert.equal(afterFailure, before + 1);
  assert.equal(daily.requests.length, before + 3);
  assert.deepEqual([...daily.calls.keys()], ["c1", "c2"]);
});

Deno.test("a call that has gone is an error without a number in it", async () => {
  await using daily = dailyServer();
  const { sipEndpoint = "" } = await configureDaily({ ...daily, sipCallerPhone: "+15551234567" });
  await pinlessCallUpdate(waiting(daily), sipEndpoint);

  await assert.rejects(pinlessCallUpdate(waiting(daily), sipEndpoint), {
    code: "daily_rejected",
    message: "Daily rejected the request to put a call through: the call is not on hold.",
  });
});

Deno.test("headers of a phone call are text, whatever was sent for them", () => {
  const call = { From: "+1", To: "+2", callId: "c1", callDomain: "d1" };
  const sipHeaders = { a: "text", b: 5, c: null, d: { toString: 1, valueOf: 2 } };

  const parsed = DialinWebhook.parse({ ...call, sipHeaders });

  const d = '{"toString":1,"valueOf":2}';
  assert.deepEqual(parsed.sipHeaders, { a: "text", b: "5", c: "null", d });
});
