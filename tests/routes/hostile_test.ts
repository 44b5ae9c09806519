/**
 * Requests that only a raw connection can send, and that have ended in a 500 before.
 */
import fc from "fast-check";
import assert from "node:assert/strict";
import { createRunner } from "../../src/runner.ts";
import { fakePeers } from "../support/fake_peers.ts";

/** A request with what `Request` itself would refuse. */
function forged(
  path: string,
  fields: { readonly url?: string; readonly method?: string },
): Request {
  const request = new Request(`http://bot.test${path}`, { method: "POST", body: "{}" });
  for (const [name, value] of Object.entries(fields)) {
    Object.defineProperty(request, name, { value });
  }
  return request;
}

Deno.test("a host that no address can have is a 400, whatever is asked for", async () => {
  const runner = createRunner(() => {}, { webrtc: fakePeers() });

  for (const path of ["/start", "/twilio", "/status", "/sessions/x/api/offer", "/nothing"]) {
    for (const host of ["[", "a b", "evil:99999", "xn--"]) {
      const response = await runner.fetch(forged(path, { url: `http://${host}${path}` }));

      assert.equal(response.status, 400, `${host}${path}`);
      assert.equal((await response.json()).code, "bad_address");
    }
  }
});

Deno.test("a host that is none is a 400, with a header of a forwarded request too", async () => {
  const runners = [{}, { secret: "a secret that two runners share" }].map((options) =>
    createRunner(() => {}, { webrtc: fakePeers(), ...options })
  );
  const hosts = ["a/b", "a\\b", "user@host", "a b", "a,b", "[::1", "host:port", "a?b", "%61", "é"];

  for (const runner of runners) {
    for (const host of hosts) {
      for (const forwarded of ["", "time=1&signature=abc"]) {
        const request = forged("/status", { url: `http://${host}/status`, method: "GET" });
        Object.defineProperty(request, "headers", {
          value: new Headers({ host: encodeURI(host), "pipecat-forwarded": forwarded }),
        });
        const response = await runner.fetch(request);

        assert.deepEqual([host, response.status], [host, 400]);
      }
    }
  }
});

Deno.test("whatever the host is, it moves no path and ends in no 500", async () => {
  const runner = createRunner(() => {});
  const part = fc.constantFrom(..."a1./\\@:[]?#% ,-_~\t", "::1", "xn--", "127.0.0.1", "é", "\0");
  const host = fc.oneof(
    fc.array(part, { maxLength: 8 }).map((parts) => parts.join("")),
    fc.string({ maxLength: 12 }),
  ).filter((host) => /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(host)); // as headers are

  await fc.assert(
    fc.asyncProperty(host, async (host) => {
      const request = forged("/status", { url: `http://${host}/status`, method: "GET" });
      const header = host.replace(/[^\x21-\x7e]/g, ""); // what hosts hand on of it
      Object.defineProperty(request, "headers", { value: new Headers({ host: header }) });
      const { status } = await runner.fetch(request);

      assert.ok(status === 200 || status === 400, `${JSON.stringify(host)}: ${status}`);
    }),
    { numRuns: 500 },
  );
});

Deno.test("hosts that have a name, an address or a port are not refused for them", async () => {
  const runner = createRunner(() => {});
  const hosts = [
    "bot.test",
    "my_service:80",
    "127.0.0.1:7860",
    "[::1]:7860",
    "[fe80::1]",
    "xn--n3h.test",
  ];

  for (const host of [...hosts, ""]) {
    const request = new Request("http://bot.test/status");
    Object.defineProperty(request, "headers", { value: new Headers({ host }) });
    const { status } = await runner.fetch(request);

    assert.notEqual(status, 400, host);
  }
});

Deno.test("a method that no request can have is a 405 below a session", async () => {
  const runner = createRunner(() => {}, { webrtc: fakePeers() });
  const start = await runner.fetch(
    new Request("http://bot.test/start", { method: "POST", body: "{}" }),
  );
  const { sessionId } = await start.json();

  for (const method of ["TRACE", "CONNECT", "get"]) {
    for (const path of ["api/offer", "own"]) {
      const request = forged(`/sessions/${sessionId}/${path}`, { method });
      const response = await runner.fetch(request);

      assert.equal(response.status, 405, `${method} ${path}`);
    }
  }
});

Deno.test("what a raw request adds to its address does not get into the stream's", async () => {
  const runner = createRunner(() => {});
  const url = "http://user:word@bot.test/twilio?CallSid=CA1#fragment";

  const response = await runner.fetch(forged("/twilio", { url }));

  const [, address] = /Stream url="([^"]*)"/.exec(await response.text()) ?? [];
  assert.match(address ?? "", /^ws:\/\/bot\.test\/ws\/[\da-f]{48}$/);
});
