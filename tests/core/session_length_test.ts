import assert from "node:assert/strict";
import type { CloseInfo } from "../../src/core/duplex.ts";
import { SessionSet } from "../../src/sessions/session_set.ts";

/** A connection of which the test counts what comes. */
function connection() {
  const { promise: closed, resolve } = Promise.withResolvers<CloseInfo>();
  return {
    closed,
    received: 0,
    close: (info: CloseInfo = {}) => resolve(info),
    [Symbol.asyncDispose]: () => Promise.resolve(resolve({})),
  };
}

const start = {
  id: "s1",
  transport: "websocket",
  body: {},
  run: ({ signal }: { signal: AbortSignal }) =>
    new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve())),
} as const;

Deno.test("a session that lasts too long ends, and its client is told first", async () => {
  const sessions = new SessionSet({ limits: { maxDurationMs: 50 } });
  const told: string[] = [];
  const line = connection();
  const session = sessions.start({ ...start, connection: line, fail: (why) => told.push(why) });

  // A client that is told to go closes its connection at once.
  while (told.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const before = session.signal.aborted;
  line.close();
  await session.done;

  assert.equal(before, false);
  assert.match(told[0] ?? "", /reached its limit of 0\.05 s/);
  assert.equal(session.signal.reason.message, told[0]);
});

Deno.test("a session in which nothing comes ends, and one in which something comes goes on", async () => {
  const sessions = new SessionSet({ limits: { maxIdleMs: 100 } });
  const [silent, talking] = [connection(), connection()];
  const timer = setInterval(() => talking.received++, 10);

  const one = sessions.start({ ...start, id: "silent", connection: silent });
  const other = sessions.start({ ...start, id: "talking", connection: talking });
  const room = sessions.start({ ...start, id: "room" });
  await one.done;
  clearInterval(timer);

  assert.equal(one.signal.reason.message, "Nothing came from the other side for 0.1 s.");
  assert.deepEqual([other.signal.aborted, room.signal.aborted], [false, false]);
  await other.done; // it has fallen silent now
  await sessions.close();
});
