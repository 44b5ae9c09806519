import assert from "node:assert/strict";
import { RunnerError } from "../../src/core/error.ts";
import { createRunner, type Runner, type RunnerOptions } from "../../src/runner.ts";
import { fakePeers } from "../support/fake_peers.ts";
import { notification, notify, signed, value } from "../whatsapp/meta.ts";

const ENVIRONMENT = {
  WHATSAPP_APP_SECRET: "app-secret",
  WHATSAPP_PHONE_NUMBER_ID: "436666719526789",
  WHATSAPP_TOKEN: "EAAtoken",
  WHATSAPP_WEBHOOK_VERIFICATION_TOKEN: "verify me",
};

function runnerWith(options: RunnerOptions = {}): Runner {
  const webrtc = fakePeers();
  return createRunner(() => {}, { webrtc, whatsapp: true, environment: ENVIRONMENT, ...options });
}

function verification(parameters: Record<string, string>): Request {
  return new Request(`https://bot.test/whatsapp?${new URLSearchParams(parameters)}`);
}

const GOOD = {
  "hub.mode": "subscribe",
  "hub.verify_token": "verify me",
  "hub.challenge": "007<b>",
};

Deno.test("the webhook is verified: the challenge comes back as it is", async () => {
  const response = await runnerWith().fetch(verification(GOOD));

  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain\b/);
  assert.equal(await response.text(), "007<b>");
});

Deno.test("a verification that is not Meta's is a 403", async () => {
  const runner = runnerWith();
  const { "hub.challenge": _, ...noChallenge } = GOOD;
  const bad = [
    { ...GOOD, "hub.verify_token": "verify mE" },
    { ...GOOD, "hub.verify_token": "" },
    { ...GOOD, "hub.mode": "unsubscribe" },
    noChallenge,
    {},
  ];

  const statuses = await Promise.all(bad.map(async (parameters) => {
    const response = await runner.fetch(verification(parameters));
    assert.ok(!(await response.text()).includes("007"));
    return response.status;
  }));

  assert.deepEqual(statuses, bad.map(() => 403));
});

Deno.test("a signature is checked over the bytes as they came, before they are parsed", async () => {
  const runner = runnerWith();
  const known = new Request("https://bot.test/whatsapp", {
    method: "POST",
    headers: {
      "x-hub-signature-256":
        "sha256=d3e4f9da0ce6c71ab3dba55929b8eeeee2455349e534924ead19f98d143e904f",
    },
    body: '{"object":"whatsapp_business_account","entry":[]}',
  });
  const spaced = '{ "object" : "whatsapp_business_account", "entry" : [] }\n';

  assert.equal((await runner.fetch(known)).status, 200);
  assert.equal((await runner.fetch(signed(spaced))).status, 200);
  assert.equal((await runner.fetch(signed(notification(), "another secret"))).status, 403);
  assert.equal((await runner.fetch(signed("no json", "another secret"))).status, 403);
  assert.equal((await runner.fetch(signed("no json"))).status, 400);
});

Deno.test("a signature that is missing or is none is a 403", async () => {
  const runner = runnerWith();
  const good = signed(notification()).headers.get("x-hub-signature-256") ?? "";
  const bad = [
    undefined,
    "",
    "sha256=",
    good.slice(7),
    good.replace("sha256", "sha1"),
    `${good}00`,
  ];

  for (const signature of bad) {
    const response = await runner.fetch(
      new Request("https://bot.test/whatsapp", {
        method: "POST",
        headers: signature === undefined ? {} : { "x-hub-signature-256": signature },
        body: JSON.stringify(notification()),
      }),
    );
    assert.equal(response.status, 403, signature);
    assert.equal((await response.json()).code, "bad_signature");
  }
});

Deno.test("whatever else Meta sends is acknowledged; what is not WhatsApp's is not", async () => {
  const runner = runnerWith();
  const status = { id: "wacid.1", type: "call", status: "RINGING", recipient_id: "1" };

  assert.equal((await notify(runner, notification({ statuses: [status] }))).status, 200);
  assert.equal(
    (await notify(runner, notification(value([{ id: "x", event: "new" }])))).status,
    200,
  );
  assert.equal((await notify(runner, { object: "page", entry: [] })).status, 400);
  const response = await runner.fetch(new Request("https://bot.test/whatsapp", { method: "PUT" }));
  assert.equal(response.status, 405);
  const large = await runner.fetch(signed(notification("x".repeat(1_100_000))));
  assert.equal(large.status, 413);
});

Deno.test("WhatsApp is off unless asked for, and names what it needs", async () => {
  const refusal = (options: RunnerOptions) => {
    try {
      runnerWith(options);
    } catch (error) {
      assert.ok(error instanceof RunnerError);
      return error.message;
    }
  };
  const { WHATSAPP_APP_SECRET: _, WHATSAPP_TOKEN: __, ...incomplete } = ENVIRONMENT;

  const off = await runnerWith({ whatsapp: false }).fetch(verification(GOOD));

  assert.equal(off.status, 404);
  assert.equal(
    refusal({ environment: incomplete }),
    "WhatsApp needs an account: set WHATSAPP_APP_SECRET, WHATSAPP_TOKEN.",
  );
  assert.throws(
    () => createRunner(() => {}, { whatsapp: true, environment: ENVIRONMENT }),
    /WhatsApp calls need WebRTC/,
  );
});
