import assert from "node:assert/strict";
import { publicUrl, type PublicUrlOptions, webSocketUrl } from "../../src/http/public_url.ts";

const address = (
  url: string,
  headers: Record<string, string> = {},
  options: PublicUrlOptions = {},
) => publicUrl(new Request(url, { headers }), options).href;

const FORWARDED = { "x-forwarded-proto": "https", "x-forwarded-host": "bot.test" };

Deno.test("the configured origin comes first, with the path and query of the request", () => {
  const options = { publicUrl: "https://bot.test", trustProxy: true };

  assert.equal(
    address("http://10.0.0.1:7860/twilio?a=1&b=%2B2", { "x-forwarded-host": "x.test" }, options),
    "https://bot.test/twilio?a=1&b=%2B2",
  );
  assert.equal(
    address("http://10.0.0.1/a", {}, { publicUrl: "http://bot.test:8080" }),
    "http://bot.test:8080/a",
  );
});

Deno.test("forwarded headers count only where they are trusted", () => {
  const trust = { trustProxy: true };

  assert.equal(address("http://10.0.0.1:7860/a", FORWARDED), "http://10.0.0.1:7860/a");
  assert.equal(address("http://10.0.0.1:7860/a", FORWARDED, trust), "https://bot.test/a");
  assert.equal(
    address("http://bot.test:80/a", { "x-forwarded-proto": "https" }, trust),
    "https://bot.test/a",
  );
  assert.equal(
    address("http://10.0.0.1/a", { "x-forwarded-host": "bot.test:8443, proxy" }, trust),
    "http://bot.test:8443/a",
  );
});

Deno.test("forwarded headers that are no origin are not believed", () => {
  const trust = { trustProxy: true };
  const hosts = ["bot.test/evil", "user@bot.test", "bot.test?x", "a b", "", "bot.test#x"];

  for (const host of hosts) {
    const headers = { "x-forwarded-host": host, "x-forwarded-proto": "https" };
    const url = new URL(address("http://own.test/a", headers, trust));
    assert.equal(url.hostname, "own.test", host);
  }
  const script = { "x-forwarded-proto": "javascript" };
  assert.equal(address("http://own.test/a", script, trust), "http://own.test/a");
});

Deno.test("a path cannot become a host", () => {
  const options = { publicUrl: "https://bot.test" };

  assert.equal(
    address("http://own.test//evil.test/a", {}, options),
    "https://bot.test//evil.test/a",
  );
});

Deno.test("a WebSocket has the scheme that fits", () => {
  const secure = new URL("https://bot.test/twilio?a=1");

  assert.equal(webSocketUrl(secure).href, "wss://bot.test/twilio?a=1");
  assert.equal(webSocketUrl(secure, "/ws/token").href, "wss://bot.test/ws/token");
  assert.equal(webSocketUrl(new URL("http://bot.test:81/"), "/ws").href, "ws://bot.test:81/ws");
});

Deno.test("a trusted proxy may tell by the header of RFC 7239, too", () => {
  const url = (forwarded: string, more: Record<string, string> = {}) =>
    publicUrl(
      new Request("http://10.0.0.5:7860/twilio", { headers: { forwarded, ...more } }),
      { trustProxy: true },
    ).origin;

  assert.equal(
    url(`for=192.0.2.1;Proto=https;host="edge.test", for=10.1.1.1`),
    "https://edge.test",
  );
  assert.equal(url("proto=https"), "https://10.0.0.5:7860");
  assert.equal(url(`host="a/b"`), "http://10.0.0.5:7860");
  assert.equal(url("proto=http;host=a.test", { "x-forwarded-host": "b.test" }), "http://b.test");
});
