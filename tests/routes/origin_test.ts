import assert from "node:assert/strict";
import { createRunner } from "../../src/runner.ts";
import { fakePeers } from "../support/fake_peers.ts";

function start(origin: string, allowedOrigins?: string[]): Response | Promise<Response> {
  const runner = createRunner(() => {}, {
    webrtc: fakePeers(),
    ...(allowedOrigins ? { allowedOrigins } : {}),
  });
  return runner.fetch(
    new Request("http://bot.test/start", { method: "POST", headers: { origin }, body: "{}" }),
  );
}

Deno.test("without a list any page may start a session, but not with credentials", async () => {
  const response = await start("https://anywhere.test");

  assert.equal(response.status, 200);
  assert.equal(response.headers.get("access-control-allow-origin"), "*");
  assert.equal(response.headers.get("access-control-allow-credentials"), null);
  assert.match(response.headers.get("access-control-expose-headers") ?? "", /x-session-id/i);
});

Deno.test("with a list its pages and the runner's own are served, others refused", async () => {
  const listed = await start("https://app.test", ["https://app.test"]);
  const own = await start("http://bot.test", ["https://app.test"]);
  const other = await start("https://evil.test", ["https://app.test"]);

  assert.equal(listed.status, 200);
  assert.equal(listed.headers.get("access-control-allow-origin"), "https://app.test");
  assert.equal(own.status, 200);
  assert.equal(other.status, 403);
  assert.equal((await other.json()).code, "origin_not_allowed");
  assert.equal(other.headers.get("access-control-allow-origin"), null);
});

Deno.test("an error carries the CORS headers, so that a page can read it", async () => {
  const runner = createRunner(() => {});
  const response = await runner.fetch(
    new Request("http://bot.test/start", {
      method: "POST",
      headers: { origin: "https://app.test" },
      body: "{",
    }),
  );

  assert.equal(response.status, 400);
  assert.equal(response.headers.get("access-control-allow-origin"), "*");
});

Deno.test("a preflight allows PATCH, DELETE and the headers that are asked for", async () => {
  const runner = createRunner(() => {});
  const response = await runner.fetch(
    new Request("http://bot.test/api/offer", {
      method: "OPTIONS",
      headers: {
        origin: "https://app.test",
        "access-control-request-method": "PATCH",
        "access-control-request-headers": "authorization,x-custom",
      },
    }),
  );

  assert.ok(response.ok);
  assert.match(response.headers.get("access-control-allow-methods") ?? "", /PATCH.*DELETE/);
  assert.match(response.headers.get("access-control-allow-headers") ?? "", /authorization/i);
  assert.match(response.headers.get("access-control-allow-headers") ?? "", /x-custom/i);
});
