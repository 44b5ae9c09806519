import assert from "node:assert/strict";
import type { SessionContext } from "../../src/core/bot.ts";
import { SessionSet } from "../../src/sessions/session_set.ts";

const start = { transport: "webrtc", body: {} } as const;

function untilAborted({ signal }: SessionContext): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}

Deno.test("a drain waits for sessions to end by themselves, and refuses new ones", async () => {
  const sessions = new SessionSet();
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const session = sessions.start({ ...start, id: "a", run: () => over });

  const drained = sessions.drain(10_000);
  await assert.rejects(sessions.admit("b"), { code: "draining", status: 503, retryAfter: 5 });
  assert.equal(sessions.load.status, "draining");
  assert.equal(session.signal.aborted, false);
  end();
  await drained;

  assert.equal(session.signal.reason.message, "The bot has finished");
  assert.equal(sessions.load.status, "closed");
});

Deno.test("a drain waits for a session that was promised, and not when it was given up", async () => {
  const sessions = new SessionSet();
  await sessions.admit("a");
  await sessions.admit("b");

  const drained = sessions.drain(10_000);
  sessions.dismiss("b");
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const session = sessions.start({ ...start, id: "a", run: () => over });
  end();
  await drained;

  assert.ok(session.signal.aborted);
});

Deno.test("with nothing to wait for, a drain is over at once", async () => {
  await new SessionSet().drain(10_000);
});

Deno.test("at the deadline the rest is ended, and told why", async () => {
  const sessions = new SessionSet();
  const told: string[] = [];
  const fail = (why: string) => void told.push(why);
  const session = sessions.start({ ...start, id: "a", run: untilAborted, fail });

  const began = performance.now();
  await Promise.all([sessions.drain(50), sessions.drain(100)]);

  assert.ok(performance.now() - began >= 45);
  assert.equal(session.signal.reason.message, "The runner is shutting down.");
  assert.deepEqual(told, ["The runner is shutting down."]);
  assert.equal(sessions.size, 0);
});

Deno.test("a bot that never ends keeps a drain for two seconds more, and no longer", {
  sanitizeOps: false, // the bot is still waited for in the background, for ten seconds in all
  sanitizeResources: false,
}, async () => {
  const sessions = new SessionSet();
  sessions.start({ ...start, id: "a", run: () => new Promise(() => {}) });

  const began = performance.now();
  await sessions.drain(50);
  await sessions.close(); // has nothing to wait for

  const passed = performance.now() - began;
  assert.ok(passed > 1900 && passed < 4000, `${passed} ms`);
});

Deno.test("closing ends a drain", async () => {
  const sessions = new SessionSet();
  await sessions.admit("promised");
  const session = sessions.start({ ...start, id: "a", run: untilAborted });

  const drained = sessions.drain(60_000);
  await new Promise((resolve) => setTimeout(resolve)); // the bot has begun
  await sessions.close();
  await drained;

  assert.equal(session.signal.reason.message, "The runner is closing");
});
