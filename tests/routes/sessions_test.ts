import assert from "node:assert/strict";
import { Hono } from "hono";
import { createRunner } from "../../src/runner.ts";
import type { AppEnv } from "../../src/http/env.ts";
import { fakePeers } from "../support/fake_peers.ts";

async function startSession(runner: ReturnType<typeof createRunner>, body: unknown) {
  const response = await runner.fetch(
    new Request("http://bot.test/start", { method: "POST", body: JSON.stringify({ body }) }),
  );
  const { sessionId } = await response.json();
  return sessionId as string;
}

Deno.test("the user's routes see the session below /sessions/:id/, and none elsewhere", async () => {
  const routes = new Hono<AppEnv>().post("/speak/:name", async (c) =>
    c.json(
      {
        id: c.var.session?.id,
        body: c.var.session?.body,
        name: c.req.param("name"),
        query: c.req.query("q"),
        text: await c.req.text(),
      },
      201,
      { "x-own": "yes" },
    ));
  const runner = createRunner(() => {}, { webrtc: fakePeers(), app: routes });
  const id = await startSession(runner, { user: "u1" });
  const post = (path: string) =>
    runner.fetch(new Request(`http://bot.test${path}`, { method: "POST", body: "hello" }));

  const within = await post(`/sessions/${id}/speak/anna?q=1`);
  const outside = await post("/speak/anna?q=1");

  assert.equal(within.status, 201);
  assert.equal(within.headers.get("x-own"), "yes");
  assert.deepEqual(await within.json(), {
    id,
    body: { user: "u1" },
    name: "anna",
    query: "1",
    text: "hello",
  });
  assert.deepEqual(await outside.json(), { name: "anna", query: "1", text: "hello" });
});

Deno.test("routes added to runner.app are served in both places", async () => {
  const runner = createRunner(() => {}, { webrtc: fakePeers() });
  runner.app.get("/hello", (c) => c.text(c.var.session ? "session" : "plain"));
  const id = await startSession(runner, {});

  const within = await runner.fetch(new Request(`http://bot.test/sessions/${id}/hello`));
  const outside = await runner.fetch(new Request("http://bot.test/hello"));

  assert.equal(await within.text(), "session");
  assert.equal(await outside.text(), "plain");
});

Deno.test("an unknown session and an unknown path are 404s, never an empty 200", async () => {
  const runner = createRunner(() => {}, { webrtc: fakePeers() });
  const id = await startSession(runner, {});

  const session = await runner.fetch(new Request("http://bot.test/sessions/nope/hello"));
  const path = await runner.fetch(new Request(`http://bot.test/sessions/${id}/hello`));

  assert.deepEqual([session.status, (await session.json()).code], [404, "unknown_session"]);
  assert.deepEqual([path.status, (await path.json()).code], [404, "not_found"]);
});

Deno.test("a wrong method on a session's offer is a 405", async () => {
  const runner = createRunner(() => {}, { webrtc: fakePeers() });
  const id = await startSession(runner, {});

  const response = await runner.fetch(new Request(`http://bot.test/sessions/${id}/api/offer`));

  assert.equal(response.status, 405);
  assert.equal(response.headers.get("allow"), "POST, PATCH");
});

Deno.test("a user's route that fails is a 500 without its message", async () => {
  const runner = createRunner(() => {});
  runner.app.get("/broken", () => {
    throw new Error("the key is 1234");
  });

  const response = await runner.fetch(new Request("http://bot.test/broken"));

  assert.equal(response.status, 500);
  assert.doesNotMatch(await response.text(), /1234/);
});
