/**
 * How a conversation with the demo bot ends, and what may keep it from beginning.
 */
import { peerArguments } from "../../src/transports/peer_arguments.ts";
import assert from "node:assert/strict";
import { bot } from "../../src/demo/bot.ts";
import { converse } from "../../src/demo/conversation.ts";
import { createCaller, outline } from "./caller.ts";
import { callByPhone, greetedPage, prepare, sent } from "./greeted.ts";

Deno.test("the bot returns as soon as its signal aborts, in the middle of a word", async () => {
  const { caller, controller, done } = await greetedPage();
  caller.send("send-text", { content: "This is a long text that is going to be cut." });
  await caller.wait(400);

  controller.abort();
  await done; // with no more of the caller's time

  assert.equal(sent(caller, "bot-started-speaking"), 2);
});

Deno.test("the bot returns when the caller leaves in the middle of the greeting", async () => {
  await prepare();
  const caller = createCaller(8000);
  const done = callByPhone(caller);
  await caller.wait(400);

  caller.hangUp();
  await done;

  assert.equal(sent(caller, "bot-started-speaking"), 1);
});

Deno.test("the bot returns when its signal aborts before anything is connected", async () => {
  const caller = createCaller();
  const controller = new AbortController();
  const transport = { ...caller.transport, connected: new Promise<void>(() => {}) };

  const done = converse(transport, { signal: controller.signal });
  await caller.wait(100);
  controller.abort();
  await done;

  assert.deepEqual(caller.messages, []);
});

Deno.test("a connection that never comes about fails the bot", async () => {
  const caller = createCaller();
  const failure = new Error("connect_timeout");
  const transport = { ...caller.transport, connected: Promise.reject(failure) };

  await assert.rejects(converse(transport, { signal: new AbortController().signal }), failure);
});

Deno.test("the bot talks over the connection that the runner gives it", async () => {
  await prepare();
  const caller = createCaller();
  const { signal } = new AbortController();
  const done = bot(peerArguments({ sessionId: "s1", body: {}, signal }, caller.peer));
  await new Promise((resolve) => setTimeout(resolve)); // the bot takes the connection over
  caller.send("client-ready", { version: "2.1.0", about: { library: "test" } });

  await caller.waitUntil(() => caller.written > 0);
  caller.hangUp();
  await done;

  assert.deepEqual(outline(caller.messages).slice(0, 2), ["bot-ready", "metrics"]);
});
