import assert from "node:assert/strict";
import type { SessionContext } from "../../src/core/bot.ts";
import type { CloseInfo } from "../../src/core/duplex.ts";
import type { Connection } from "../../src/sessions/session.ts";
import { SessionSet } from "../../src/sessions/session_set.ts";

function connection() {
  const { promise: closed, resolve } = Promise.withResolvers<CloseInfo>();
  const events: string[] = [];
  const end: Connection = {
    closed,
    close(info = {}) {
      events.push("close");
      resolve(info);
    },
    [Symbol.asyncDispose]() {
      events.push("drain");
      resolve({});
      return Promise.resolve();
    },
  };
  return { end, events };
}

function untilAborted({ signal }: SessionContext): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}

const start = { id: "s1", transport: "webrtc", body: { user: 1 } } as const;

Deno.test("the bot gets its session's id, body and flags", async () => {
  const sessions = new SessionSet({ cliArgs: { voice: "anna" } });
  const { end } = connection();
  let context: SessionContext | undefined;

  const session = sessions.start({
    ...start,
    connection: end,
    run: (given) => void (context = given),
  });
  await session.done;

  assert.equal(context?.sessionId, "s1");
  assert.deepEqual(context?.body, { user: 1 });
  assert.deepEqual(context?.cliArgs, { voice: "anna" });
});

Deno.test("when the bot returns, its connection is drained and then closed", async () => {
  const sessions = new SessionSet();
  const { end, events } = connection();

  await sessions.start({ ...start, connection: end, run: () => {} }).done;

  assert.equal(events[0], "drain");
  assert.equal(sessions.size, 0);
});

Deno.test("when the other side leaves, the bot's signal aborts", async () => {
  const sessions = new SessionSet();
  const { end } = connection();
  const session = sessions.start({ ...start, connection: end, run: untilAborted });

  end.close();
  await session.done;

  assert.ok(session.signal.aborted);
  assert.match(session.signal.reason.message, /other side left/);
});

Deno.test("the signal says who has ended the session", async () => {
  const sessions = new SessionSet();
  const reasonOf = async (run: (end: Connection, context: SessionContext) => Promise<void>) => {
    const { end } = connection();
    const session = sessions.start({
      ...start,
      connection: end,
      run: (context) => run(end, context),
    });
    await session.done;
    return session.signal.reason.message;
  };
  const closed = (info: CloseInfo) =>
    reasonOf((end, context) => {
      end.close(info);
      return untilAborted(context);
    });

  assert.equal(await reasonOf(() => Promise.resolve()), "The bot has finished");
  assert.equal(await reasonOf(() => Promise.reject(new Error("broken"))), "The bot failed");
  assert.equal(await closed({ by: "bot" }), "The bot closed the connection");
  assert.equal(await closed({ by: "bot", reason: "Goodbye" }), "Goodbye");
  assert.equal(await closed({ by: "user", reason: "disconnect-bot" }), "disconnect-bot");
  assert.equal(
    await closed({ closeCode: 1000, reason: "a stranger's text" }),
    "The other side left",
  );
});

Deno.test("a bot that fails after it has hung up has failed", async () => {
  const failures: string[] = [];
  const sessions = new SessionSet();
  const run = async (failing: (context: SessionContext) => unknown) => {
    const { end } = connection();
    await sessions.start({
      ...start,
      connection: end,
      fail: (detail) => void failures.push(detail),
      run: async (context) => {
        end.close({ by: "bot" }); // as a transport does that is disposed on the way out
        await untilAborted(context);
        throw failing(context);
      },
    }).done;
  };

  await run(({ signal }) => signal.reason);
  await run(() => new DOMException("stopped", "AbortError"));
  assert.deepEqual(failures, []);
  await run(() => new Error("broken"));
  assert.equal(failures.length, 1);
});

Deno.test("a bot that fails is reported once, and not when its session was aborted", async () => {
  const failures: string[] = [];
  const fail = (detail: string) => void failures.push(detail);
  const sessions = new SessionSet();

  await sessions.start({ ...start, run: () => Promise.reject(new Error("secret")), fail }).done;
  const aborted = sessions.start({
    ...start,
    run: async (context) => {
      await untilAborted(context);
      throw new Error("stopped");
    },
    fail,
  });
  await Promise.resolve();
  aborted.abort("enough");
  await aborted.done;

  assert.equal(failures.length, 1);
  assert.doesNotMatch(failures[0] ?? "", /secret/);
});

Deno.test("a bot that throws at once fails like one that rejects", async () => {
  const sessions = new SessionSet();
  let failed = false;

  await sessions.start({
    ...start,
    run: () => {
      throw new Error("at once");
    },
    fail: () => failed = true,
  }).done;

  assert.ok(failed);
});

Deno.test("closing ends all sessions and refuses new ones", async () => {
  const sessions = new SessionSet();
  const running = ["a", "b"].map((id) => sessions.start({ ...start, id, run: untilAborted }));
  await new Promise((resolve) => setTimeout(resolve)); // the bots have begun

  await sessions.close();

  assert.ok(running.every(({ signal }) => signal.aborted));
  assert.equal(sessions.size, 0);
  assert.throws(() => sessions.start({ ...start, run: () => {} }), {
    code: "closing",
    status: 503,
  });
});

Deno.test("closing waits for a bot whose place another run has taken", async () => {
  const sessions = new SessionSet();
  const { promise: leave, resolve: letLeave } = Promise.withResolvers<void>();
  const returned: string[] = [];
  sessions.start({
    ...start,
    run: async () => {
      await leave;
      returned.push("first");
    },
  });
  await Promise.resolve(); // the bot is called
  sessions.start({
    ...start,
    run: async (context) => {
      await untilAborted(context);
      returned.push("second");
    },
  });

  await Promise.resolve();
  const closed = sessions.close().then(() => returned.push("closed"));
  setTimeout(letLeave, 5);
  await closed;

  assert.deepEqual(returned, ["second", "first", "closed"]);
});
