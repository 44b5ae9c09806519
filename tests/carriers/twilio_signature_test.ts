import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import twilio from "twilio";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import type { SignedRequest } from "../../src/core/carrier.ts";
import { flips, form, type Parameters, request, upgrade, webhook } from "./signed_request.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";
const twilioAccount = CARRIERS.twilio.account({ TWILIO_AUTH_TOKEN: TOKEN });

const INBOUND: Parameters = {
  AccountSid: "AC0000000000000000000000000000000a",
  CallSid: "CA0000000000000000000000000000000a",
  CallStatus: "ringing",
  CallerName: "Zoë & Søn",
  From: "+14155550199",
  To: "+14155550100",
  Unheard: "",
};

function twilioSigned(method: string, url: string, parameters: Parameters = {}): SignedRequest {
  const signature = twilio.getExpectedTwilioSignature(TOKEN, url, parameters);
  const headers = { "x-twilio-signature": signature };
  return request(method, url, headers, method === "POST" ? form(parameters) : "");
}

Deno.test("Twilio: the example of its documents is accepted", async () => {
  const account = CARRIERS.twilio.account({ TWILIO_AUTH_TOKEN: "12345" });
  const parameters = {
    CallSid: "CA1234567890ABCDE",
    Caller: "+14158675309",
    Digits: "1234",
    From: "+14158675309",
    To: "+18005551212",
  };
  const signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
  const from = (url: string) =>
    webhook(account, request("POST", url, { "x-twilio-signature": signature }, form(parameters)));

  assert.equal(await from("https://mycompany.com/myapp.php?foo=1&bar=2"), true);
  assert.equal(await from("https://mycompany.com:443/myapp.php?foo=1&bar=2"), true);
  assert.equal(await from("http://mycompany.com/myapp.php?foo=1&bar=2"), false);
  assert.equal(await from("https://mycompany.com/myapp.php?bar=2&foo=1"), false);
  assert.equal(await from("https://mycompany.com:8443/myapp.php?foo=1&bar=2"), true); // as the SDK
});

Deno.test("Twilio: what its SDK signs is accepted", async () => {
  const multi = { ...INBOUND, Media: ["b", "a", "b"], media: "c" };
  const cases: [string, string, Parameters][] = [
    ["POST", "https://bot.example.com/twilio", INBOUND],
    ["POST", "https://bot.example.com/twilio?agent=a1&note=a%20b+c", INBOUND],
    ["POST", "https://bot.example.com/twilio?it=isn't+so", INBOUND],
    ["POST", "https://bot.example.com/", INBOUND],
    ["POST", "https://bot.example.com", INBOUND],
    ["POST", "https://bot.example.com:443/twilio", INBOUND],
    ["POST", "https://bot.example.com:8443/twilio", INBOUND],
    ["POST", "http://bot.example.com:80/twilio", INBOUND],
    ["POST", "https://bot.example.com/twilio", multi],
    ["GET", "https://bot.example.com/twilio?CallSid=CA1&From=%2B14155550199", {}],
  ];
  for (const [method, url, parameters] of cases) {
    assert.equal(await webhook(twilioAccount, twilioSigned(method, url, parameters)), true, url);
  }
});

Deno.test("Twilio: what we take for its signature, its SDK takes too", () => {
  const url = "https://bot.example.com/twilio?agent=a1";
  const parameters: Parameters = { Z: "1", Multi: ["b", "a", "b"], From: "+14155550199" };
  const text = `${url}From+14155550199MultiaMultibZ1`;
  const ours = createHmac("sha1", TOKEN).update(text).digest("base64");

  assert.equal(twilio.validateRequest(TOKEN, ours, url, parameters), true);
});

Deno.test("Twilio: any change of a request is noticed", async () => {
  const good = twilioSigned("POST", "https://bot.example.com/twilio?a=1", INBOUND);
  const signature = good.headers.get("x-twilio-signature") ?? "";
  const body = form(INBOUND);
  const bodies = [
    body.replace("ringing", "Ringing"),
    body.replace("CallStatus", "Callstatus"),
    `${body}&Extra=1`,
    body.replace("Unheard=", "Unseen="),
    `${body}&From=%2B14155550111`,
    "",
  ];
  const urls = [
    "http://bot.example.com/twilio?a=1",
    "https://bot.example.org/twilio?a=1",
    "https://bot.example.com/twili0?a=1",
    "https://bot.example.com/twilio?a=2",
    "https://bot.example.com/twilio",
  ];
  const url = good.url.href;
  const header = { "x-twilio-signature": signature };
  const changed = [
    ...flips(signature).map((other) => request("POST", url, { "x-twilio-signature": other }, body)),
    ...bodies.map((other) => request("POST", url, header, other)),
    ...urls.map((other) => request("POST", other, header, body)),
    request("POST", url, {}, body),
    request("POST", url, { "x-twilio-signature": "" }, body),
    request("POST", url, { "x-twilio-signature": `${signature},${signature}` }, body),
    request("POST", url, { "x-twilio-signature": "not base64!" }, body),
    request("GET", url, header),
  ];
  const duplicate = new Headers(header);
  duplicate.append("x-twilio-signature", signature);

  assert.equal(await webhook(twilioAccount, good), true);
  for (const one of changed) assert.equal(await webhook(twilioAccount, one), false, one.url.href);
  assert.equal(await webhook(twilioAccount, { ...good, headers: duplicate }), false);
});

Deno.test("Twilio: the order of parameters in the body does not matter", async () => {
  const good = twilioSigned("POST", "https://bot.example.com/twilio", INBOUND);
  const reversed = form(Object.fromEntries(Object.entries(INBOUND).reverse()));
  const body = new TextEncoder().encode(reversed);

  assert.equal(await webhook(twilioAccount, { ...good, body }), true);
});

Deno.test("Twilio: a JSON body is proven by its hash in the address", async () => {
  const body = JSON.stringify({ CallSid: "CA1", note: "Zoë" });
  const hash = twilio.getExpectedBodyHash(body);
  const url = `https://bot.example.com/twilio?bodySHA256=${hash}`;
  const signature = twilio.getExpectedTwilioSignature(TOKEN, url, {});
  const headers = { "x-twilio-signature": signature, "content-type": "application/json" };

  assert.equal(twilio.validateRequestWithBody(TOKEN, signature, url, body), true);
  assert.equal(await webhook(twilioAccount, request("POST", url, headers, body)), true);
  assert.equal(await webhook(twilioAccount, request("POST", url, headers, `${body} `)), false);
  assert.equal(await webhook(twilioAccount, request("POST", url, headers)), false);
});

Deno.test("Twilio: a WebSocket is accepted however its address was written", async () => {
  for (const signed of ["wss://bot.example.com", "https://bot.example.com"]) {
    for (const port of ["", ":443"]) {
      for (const path of ["/ws/T0k-en", "/ws/T0k-en/"]) {
        const url = signed + port + path;
        const { headers } = twilioSigned("GET", url);
        const seen = request("GET", "wss://bot.example.com/ws/T0k-en", headers);
        assert.equal(await upgrade(twilioAccount, seen), true, url);
      }
    }
  }
});

Deno.test("Twilio: a WebSocket of another address is refused", async () => {
  const seen = "wss://bot.example.com/ws/T0k-en";
  const others = [
    "ws://bot.example.com/ws/T0k-en",
    "http://bot.example.com/ws/T0k-en",
    "wss://bot.example.com:8443/ws/T0k-en",
    "wss://bot.example.com/ws/T0k-eN",
    "wss://bot.example.com/ws",
    "wss://bot.example.com/ws/T0k-en?x=1",
    "wss://evil.example.com/ws/T0k-en",
  ];
  for (const other of others) {
    const { headers } = twilioSigned("GET", other);
    assert.equal(await upgrade(twilioAccount, request("GET", seen, headers)), false, other);
  }
  assert.equal(await upgrade(twilioAccount, request("GET", seen, {})), false);
});
