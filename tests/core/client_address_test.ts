import assert from "node:assert/strict";
import { clientAddress } from "../../src/core/client_address.ts";

Deno.test("a client is its IPv4 address, or its IPv6 network", () => {
  const from = (address: string) =>
    clientAddress(new Request("https://bot.test"), {
      upgrade: () => assert.fail(),
      waitUntil() {},
      remoteAddress: () => address,
    }, {});

  assert.equal(from("203.0.113.7"), "203.0.113.7");
  assert.equal(from("::ffff:203.0.113.7"), "203.0.113.7");
  assert.equal(from("2001:db8:1:2:aaaa::1"), "2001:db8:1:2");
  assert.equal(from("2001:0DB8:0001:0002:bbbb:0:0:2"), "2001:db8:1:2");
  assert.equal(from("2001:db8::1"), "2001:db8:0:0");
  assert.equal(from("::1"), "0:0:0:0");
  assert.equal(from("fe80::1%eth0"), "fe80:0:0:0");
});

Deno.test("the last entry of X-Forwarded-For counts, and only behind a trusted proxy", () => {
  const headers = { "x-forwarded-for": "1.1.1.1, 203.0.113.9:4711" };
  const request = new Request("https://bot.test", { headers });
  const platform = {
    upgrade: () => assert.fail(),
    waitUntil() {},
    remoteAddress: () => "10.0.0.1",
  };

  assert.equal(clientAddress(request, platform, { trustProxy: true }), "203.0.113.9");
  assert.equal(clientAddress(request, platform, {}), "10.0.0.1");
  assert.equal(
    clientAddress(new Request("https://bot.test"), platform, { trustProxy: true }),
    "10.0.0.1",
  );
  assert.equal(clientAddress(request, undefined, {}), undefined);
});

Deno.test("where there is a public address, what comes from near is a proxy and speaks for others", () => {
  const seen = (remote: string, publicUrl?: string) => {
    const headers = { "x-forwarded-for": "1.1.1.1, 203.0.113.9" };
    const request = new Request("https://bot.test", { headers });
    const platform = {
      upgrade: () => assert.fail(),
      waitUntil() {},
      remoteAddress: () => remote,
    };
    return clientAddress(request, platform, { publicUrl });
  };
  const near = ["127.0.0.1", "::1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "fd00::1", "fe80::1"];

  for (const remote of [...near, "::ffff:10.0.0.1"]) {
    assert.equal(seen(remote, "https://bot.test"), "203.0.113.9");
    assert.notEqual(seen(remote), "203.0.113.9");
  }
  for (const remote of ["198.51.100.1", "172.32.0.1", "11.0.0.1", "2001:db8::1"]) {
    assert.notEqual(seen(remote, "https://bot.test"), "203.0.113.9");
  }
});
