import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { TelnyxWebhook } from "telnyx/lib/webhooks.js";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import { telnyxAccount } from "../../src/ways/phone/carriers/telnyx.ts";
import type { CarrierAccount, SignedRequest } from "../../src/core/carrier.ts";
import { flips, request, upgrade, webhook } from "./signed_request.ts";

const SIGNED_AT = 1_795_330_800; // s
const PKCS8_HEAD = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
const privateKey = createPrivateKey({
  key: Buffer.from([...PKCS8_HEAD, ...Array(32).keys()]), // the seed is 0 to 31
  format: "der",
  type: "pkcs8",
});
const PUBLIC_KEY = createPublicKey(privateKey).export({ format: "der", type: "spki" })
  .subarray(-32).toString("base64");
const FORM = "CallSid=v3%3AT02ll&From=%2B14155550199&To=%2B14155550100";

function telnyxAt(seconds: number): CarrierAccount {
  return telnyxAccount({ TELNYX_PUBLIC_KEY: PUBLIC_KEY }, () => seconds * 1000);
}

function telnyxSigned(body: string, timestamp = String(SIGNED_AT)): SignedRequest {
  const signature = sign(null, Buffer.from(`${timestamp}|${body}`), privateKey).toString("base64");
  const headers = { "telnyx-signature-ed25519": signature, "telnyx-timestamp": timestamp };
  return request("POST", "https://bot.example.com/telnyx", headers, body);
}

/** What Telnyx's SDK says of a request, at a time in s. */
async function telnyxSdkAccepts(signed: SignedRequest, seconds: number): Promise<boolean> {
  const clock = Date.now;
  Date.now = () => seconds * 1000;
  try {
    const body = new TextDecoder().decode(signed.body);
    await new TelnyxWebhook(PUBLIC_KEY).verify(body, Object.fromEntries(signed.headers));
    return true;
  } catch {
    return false;
  } finally {
    Date.now = clock;
  }
}

Deno.test("Telnyx: what its SDK accepts is accepted, and nothing else", async () => {
  const good = telnyxSigned(FORM);
  const signature = good.headers.get("telnyx-signature-ed25519") ?? "";
  const variant = (changes: Record<string, string>, body = FORM) =>
    request("POST", good.url.href, { ...Object.fromEntries(good.headers), ...changes }, body);
  const cases: [string, SignedRequest, number][] = [
    ["form", good, SIGNED_AT],
    ["JSON", telnyxSigned(`{"data":{"payload":{"from":"Zoë"}}}`), SIGNED_AT],
    ["empty", telnyxSigned(""), SIGNED_AT],
    ["300 s old", good, SIGNED_AT + 300],
    ["300 s early", good, SIGNED_AT - 300],
    ["301 s old", good, SIGNED_AT + 301],
    ["301 s early", good, SIGNED_AT - 301],
    ["one space more", variant({}, `${FORM} `), SIGNED_AT],
    ["another order", variant({}, FORM.split("&").reverse().join("&")), SIGNED_AT],
    ["another time", variant({ "telnyx-timestamp": String(SIGNED_AT + 1) }), SIGNED_AT],
    ["a time that is no number", telnyxSigned(FORM, "1e9"), SIGNED_AT],
    ["a negative time", telnyxSigned(FORM, "-1"), 0],
    ["no time", variant({ "telnyx-timestamp": "" }), SIGNED_AT],
    ["no signature", variant({ "telnyx-signature-ed25519": "" }), SIGNED_AT],
    ["unpadded", variant({ "telnyx-signature-ed25519": signature.slice(0, -2) }), SIGNED_AT],
    ["too short", variant({ "telnyx-signature-ed25519": "AAAA" }), SIGNED_AT],
    ["a list", variant({ "telnyx-signature-ed25519": `${signature},${signature}` }), SIGNED_AT],
    [
      "a duplicate",
      variant({ "telnyx-signature-ed25519": `${signature}, ${signature}` }),
      SIGNED_AT,
    ],
  ];
  for (const [name, signed, seconds] of cases) {
    const expected = await telnyxSdkAccepts(signed, seconds);
    assert.equal(await webhook(telnyxAt(seconds), signed), expected, name);
  }
  const accepted = cases.slice(0, 5);
  for (const [name, signed, seconds] of accepted) {
    assert.equal(await webhook(telnyxAt(seconds), signed), true, name);
  }
  for (const [name, signed, seconds] of cases.slice(5)) {
    assert.equal(await webhook(telnyxAt(seconds), signed), false, name);
  }
  for (const other of flips(signature)) {
    const flipped = variant({ "telnyx-signature-ed25519": other });
    assert.equal(await webhook(telnyxAt(SIGNED_AT), flipped), false);
  }
});

Deno.test("Telnyx: signatures that were made elsewhere are accepted", async () => {
  assert.equal(PUBLIC_KEY, "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=");
  const headers = {
    "telnyx-timestamp": "1795330800",
    "telnyx-signature-ed25519":
      "ycMT2d/mdAGFZhoyciJ24pj4k8fZJnoumkdMqwdGGilM5+89pNAAcDuy/5KZ1VCivr52o6eBdmAjX4MaZ9CoBQ==",
  };
  const signed = request("GET", "https://bot.example.com/telnyx?CallSid=1", headers);

  assert.equal(await webhook(telnyxAt(SIGNED_AT), signed), true);
});

Deno.test("Telnyx: a public key that cannot be one is refused at once, without being repeated", () => {
  for (const key of ["secret", "AAAA", `${PUBLIC_KEY}=`]) {
    assert.throws(() => CARRIERS.telnyx.account({ TELNYX_PUBLIC_KEY: key }), (error: Error) => {
      assert.match(error.message, /TELNYX_PUBLIC_KEY/);
      assert.ok(!error.message.includes(key));
      return true;
    });
  }
});

Deno.test("Telnyx: a WebSocket needs the streaming token", async () => {
  const account = CARRIERS.telnyx.account({ TELNYX_STREAM_AUTH_TOKEN: "s3cret" });
  const asks = (headers: Record<string, string>) =>
    upgrade(account, request("GET", "wss://bot.example.com/ws", headers));

  assert.equal(await asks({ "x-telnyx-streaming-auth-token": "s3cret" }), true);
  assert.equal(await asks({ "x-telnyx-streaming-auth-token": "s3creT" }), false);
  assert.equal(await asks({ "x-telnyx-streaming-auth-token": "s3cret, s3cret" }), false);
  assert.equal(await asks({ "x-telnyx-streaming-auth-token": "" }), false);
  assert.equal(await asks({}), false);
});
