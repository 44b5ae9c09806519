/**
 * Calls by WhatsApp that cannot be answered, and how they end.
 */
import assert from "node:assert/strict";
import { notification, notify, terminated, value } from "./meta.ts";
import { ring, until, world } from "./world.ts";

Deno.test("a call that cannot be answered is rejected", async (t) => {
  await t.step("for its offer", async () => {
    await using w = world();
    const { over } = await ring(w, "wacid.1", "nonsense");
    await over;
    assert.deepEqual(w.graph.actions, ["reject"]);
  });
  await t.step("since Meta refuses to pre-accept", async () => {
    await using w = world();
    w.graph.intercept = ({ action }) =>
      action === "pre_accept" ? new Response("busy", { status: 500 }) : undefined;
    const { over } = await ring(w, "wacid.1");
    await over;
    assert.deepEqual(w.graph.actions, ["pre_accept 500", "reject"]);
    assert.ok(w.peers[0]?.isClosed);
  });
  await t.step("since Meta refuses to accept", async () => {
    await using w = world();
    w.graph.intercept = ({ action }) =>
      action === "accept" ? Response.json({ success: false }) : undefined;
    const { over } = await ring(w, "wacid.1");
    await over;
    assert.deepEqual(w.graph.actions, ["pre_accept", "accept", "reject"]);
    assert.deepEqual([w.started.length, w.flowing[0]], [0, false]);
  });
  await t.step("since the connection broke off", async () => {
    await using w = world();
    w.graph.intercept = ({ action }) => {
      if (action === "pre_accept") w.peers[0]?.close();
    };
    const { over } = await ring(w, "wacid.1");
    await over;
    assert.equal(w.graph.actions.at(-1), "reject");
    assert.equal(w.started.length, 0);
  });
});

Deno.test("a call whose acceptance is not confirmed is terminated, for it may be accepted", async () => {
  await using w = world();
  w.graph.intercept = ({ action }) => {
    if (action === "accept") w.peers[0]?.close(); // and so the request is given up
  };

  const { over } = await ring(w, "wacid.1");
  await over;

  assert.equal(w.graph.actions.at(-1), "terminate");
  assert.equal(w.started.length, 0);
});

Deno.test("ending a call is tried again while Meta is not able to", async () => {
  await using w = world(() => {});
  let failures = 0;
  w.graph.intercept = ({ action }) =>
    action === "terminate" && ++failures <= 2 ? new Response("", { status: 503 }) : undefined;

  const { over } = await ring(w, "wacid.1");
  await over;

  assert.deepEqual(w.graph.actions.slice(2), ["terminate 503", "terminate 503", "terminate"]);
});

Deno.test("a runner that closes ends its calls and rejects new ones", async () => {
  await using w = world();
  const first = await ring(w, "wacid.1");
  await until(() => w.started.length === 1);

  const closing = w.runner.close();
  const second = await ring(w, "wacid.2");
  await Promise.all([closing, first.over, second.over]);

  assert.deepEqual(w.graph.actions.toSorted(), ["accept", "pre_accept", "reject", "terminate"]);
  assert.equal(w.peers.length, 1);
});

Deno.test("a runner that closes while a call is being answered waits until it is ended", async () => {
  await using w = world();
  let closing: Promise<void> | undefined;
  w.graph.intercept = ({ action }) => {
    if (action === "accept") closing = w.runner.close();
  };
  const { over } = await ring(w, "wacid.1");
  await over;
  await closing;

  assert.deepEqual(w.graph.actions, ["pre_accept", "accept", "terminate"]);
});

Deno.test("a call that rings during a drain is rejected, and the one that is on goes on", async () => {
  await using w = world();
  await ring(w, "wacid.1");
  await until(() => w.started.length === 1);

  const drained = w.runner.drain({ deadlineMs: 10_000 });
  await ring(w, "wacid.2");
  await until(() => w.graph.actions.includes("reject"));
  const during = w.peers[0]?.isClosed;
  await notify(w.runner, notification(value([terminated("wacid.1")])));
  await drained;

  assert.equal(during, false);
  assert.equal(w.started.length, 1);
  assert.deepEqual(w.graph.actions, ["pre_accept", "accept", "reject"]);
});
