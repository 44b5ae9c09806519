import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import type { SignedRequest } from "../../src/core/carrier.ts";
import { plivoSdk } from "./oracles.ts";
import { flips, form, type Parameters, request, upgrade, webhook } from "./signed_request.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";
const NONCE = "05429567804466091622";
const plivoAccount = CARRIERS.plivo.account({ PLIVO_AUTH_TOKEN: TOKEN });

function plivoSigned(
  method: string,
  url: string,
  text: string,
  parameters: Parameters = {},
): SignedRequest {
  const signature = createHmac("sha256", TOKEN).update(`${text}.${NONCE}`).digest("base64");
  assert.equal(
    plivoSdk.validateV3Signature(method, url, NONCE, TOKEN, signature, parameters),
    true,
    `the SDK signs something else than ${text}`,
  );
  const headers = { "x-plivo-signature-v3": signature, "x-plivo-signature-v3-nonce": NONCE };
  return request(method, url, headers, method === "POST" ? form(parameters) : "");
}

const PLIVO_URL = "https://bot.example.com/plivo";
const PLIVO_CALL: Parameters = {
  To: "14155550100",
  CallUUID: "97ceeb52-58b6-11e1-86da-77300b68f8bb",
  From: "14155550199",
  Name: "Zoë & Søn",
};
const PLIVO_TEXT =
  "CallUUID97ceeb52-58b6-11e1-86da-77300b68f8bbFrom14155550199NameZoë & SønTo14155550100";

Deno.test("Plivo: what its SDK validates is accepted", async () => {
  const cases: [string, string, string, Parameters?][] = [
    ["POST", PLIVO_URL, `${PLIVO_URL}?${PLIVO_TEXT}`, PLIVO_CALL],
    ["POST", `${PLIVO_URL}?b=2&agent=a1`, `${PLIVO_URL}?agent=a1&b=2.${PLIVO_TEXT}`, PLIVO_CALL],
    ["POST", PLIVO_URL, `${PLIVO_URL}?AaAbZ1`, { Z: "1", A: ["b", "a"] }],
    ["POST", PLIVO_URL, PLIVO_URL],
    ["GET", `${PLIVO_URL}?From=1&CallUUID=2`, `${PLIVO_URL}?CallUUID=2&From=1`],
    ["GET", `${PLIVO_URL}?n=a%20b%26c+d&f=%2B1`, `${PLIVO_URL}?f=+1&n=a b&c d`],
    ["GET", `${PLIVO_URL}?a=2&a=1`, `${PLIVO_URL}?a=1&a=2`],
    ["GET", PLIVO_URL, PLIVO_URL],
    ["GET", "https://bot.example.com:8443/plivo", "https://bot.example.com:8443/plivo"],
  ];
  for (const [method, url, text, parameters] of cases) {
    const signed = plivoSigned(method, url, text, parameters);
    assert.equal(await webhook(plivoAccount, signed), true, `${method} ${url}`);
  }
});

Deno.test("Plivo: a WebSocket is accepted however its address was written", async () => {
  for (const origin of ["wss://bot.example.com", "https://bot.example.com"]) {
    for (const path of ["/ws/T0k", ":443/ws/T0k", "/ws/T0k/"]) {
      const { headers } = plivoSigned("GET", origin + path, origin + path);
      const seen = request("GET", "wss://bot.example.com/ws/T0k", headers);
      assert.equal(await upgrade(plivoAccount, seen), true, origin + path);
    }
  }
  const query = "wss://bot.example.com/ws?body=abc";
  assert.equal(await upgrade(plivoAccount, plivoSigned("GET", query, query)), true);
});

Deno.test("Plivo: one good signature of a list is enough", async () => {
  const good = plivoSigned("POST", PLIVO_URL, `${PLIVO_URL}?${PLIVO_TEXT}`, PLIVO_CALL);
  const signature = good.headers.get("x-plivo-signature-v3") ?? "";
  const other = createHmac("sha256", "other").update("x").digest("base64");
  const list = (value: string) => {
    const headers = new Headers(good.headers);
    headers.set("x-plivo-signature-v3", value);
    return webhook(plivoAccount, { ...good, headers });
  };

  assert.equal(await list(`${other},${signature}`), true);
  assert.equal(await list(`${signature}, ${other}`), true);
  assert.equal(await list(`${other},${other}`), false);
  assert.equal(await list(Array(1000).fill(signature).join()), false, "a flood is not worked off");
});

Deno.test("Plivo: any change of a request is noticed", async () => {
  const url = `${PLIVO_URL}?agent=a1`;
  const good = plivoSigned("POST", url, `${url}.${PLIVO_TEXT}`, PLIVO_CALL);
  const signature = good.headers.get("x-plivo-signature-v3") ?? "";
  const body = form(PLIVO_CALL);
  const headers = (v3: string, nonce = NONCE) => ({
    "x-plivo-signature-v3": v3,
    "x-plivo-signature-v3-nonce": nonce,
  });
  const changed = [
    ...flips(signature).map((other) => request("POST", url, headers(other), body)),
    request("POST", url, headers(signature, `${NONCE}1`), body),
    request("POST", url, { "x-plivo-signature-v3": signature }, body),
    request("POST", url, { "x-plivo-signature-v3-nonce": NONCE }, body),
    request("POST", url, headers(signature), body.replace("14155550199", "14155550198")),
    request("POST", url, headers(signature), `${body}&X=1`),
    request("POST", PLIVO_URL, headers(signature), body),
    request("POST", url.replace("a1", "a2"), headers(signature), body),
    request("POST", url.replace("https", "http"), headers(signature), body),
    request("POST", url.replace("bot", "bat"), headers(signature), body),
    request("GET", url, headers(signature)),
  ];
  const duplicate = new Headers(good.headers);
  duplicate.append("x-plivo-signature-v3-nonce", NONCE);

  assert.equal(await webhook(plivoAccount, good), true);
  for (const one of changed) assert.equal(await webhook(plivoAccount, one), false, one.url.href);
  assert.equal(await webhook(plivoAccount, { ...good, headers: duplicate }), false);
});
