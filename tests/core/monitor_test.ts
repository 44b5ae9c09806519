import assert from "node:assert/strict";
import type { CloseInfo } from "../../src/core/duplex.ts";
import { combineMonitors, type Monitor, type SessionOutcome } from "../../src/core/monitor.ts";
import type { Connection, SessionStart } from "../../src/sessions/session.ts";
import { SessionSet } from "../../src/sessions/session_set.ts";
import { createRunner } from "../../src/runner.ts";
import { call } from "../../src/testing/call.ts";

/** A monitor that takes notes. */
function notebook(notes: unknown[], name = ""): Monitor {
  return {
    async session({ id, transport }, run) {
      notes.push(`${name}${id} begins on ${transport}`);
      const end = await run();
      notes.push(`${name}${id} ${end.outcome}`);
      return end;
    },
    async request(request, answer) {
      const response = await answer();
      notes.push(`${name}${new URL(request.url).pathname} ${response.status}`);
      return response;
    },
    refused: (reason) => void notes.push(`${name}refused ${reason}`),
  };
}

function connection(): Connection & { readonly leave: () => void } {
  const { promise: closed, resolve } = Promise.withResolvers<CloseInfo>();
  return {
    closed,
    close: (info = {}) => resolve(info),
    leave: () => resolve({ closeCode: 1000 }),
    [Symbol.asyncDispose]: () => Promise.resolve(resolve({})),
  };
}

/** How a session ends whose bot and whose end are given. */
async function outcome(
  run: SessionStart["run"],
  act: (session: SessionSet, other: ReturnType<typeof connection>) => unknown = () => {},
): Promise<SessionOutcome | undefined> {
  let ended: SessionOutcome | undefined;
  const monitor: Monitor = {
    async session(_session, inner) {
      const end = await inner();
      ended = end.outcome;
      return end;
    },
  };
  const sessions = new SessionSet({ monitor });
  const other = connection();
  const { done } = sessions.start({
    id: "s1",
    transport: "twilio",
    body: {},
    connection: other,
    run,
  });
  await Promise.resolve();
  await act(sessions, other);
  await done;
  return ended;
}

const stay: SessionStart["run"] = ({ signal }) =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve()));

Deno.test("a monitor hears how each session ended", async () => {
  const failing = () => Promise.reject(new Error("broken"));

  assert.equal(await outcome(() => {}), "returned");
  assert.equal(await outcome(failing), "failed");
  assert.equal(await outcome(stay, (_, other) => other.leave()), "left");
  assert.equal(await outcome(stay, (sessions) => sessions.close()), "closing");
  assert.equal(await outcome(stay, (sessions) => sessions.get("s1")?.abort("x")), "aborted");
  assert.equal(await outcome(stay, (sessions) => sessions.get("s1")?.abort("x", "limit")), "limit");
});

Deno.test("a bot that fails because its session was ended has not failed", async () => {
  const impatient: SessionStart["run"] = ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

  assert.equal(await outcome(impatient, (_, other) => other.leave()), "left");
});

Deno.test("several monitors are one inside the other", async () => {
  const notes: unknown[] = [];
  const monitor = combineMonitors([notebook(notes, "a:"), {}, notebook(notes, "b:")]);
  const end = { outcome: "left" } as const;

  const result = await monitor.session?.({ id: "s", transport: "webrtc" }, () => {
    notes.push("run");
    return Promise.resolve(end);
  });
  monitor.refused?.("full");

  assert.equal(result, end);
  assert.deepEqual(notes, [
    "a:s begins on webrtc",
    "b:s begins on webrtc",
    "run",
    "b:s left",
    "a:s left",
    "a:refused full",
    "b:refused full",
  ]);
});

Deno.test("a runner tells its monitor of requests, sessions and refusals", async () => {
  const notes: unknown[] = [];
  const starts: (number | undefined)[] = [];
  const monitor: Monitor = {
    ...notebook(notes),
    session(session, run) {
      starts.push(session.startMs);
      return notebook(notes).session!({ ...session, id: "s" }, run);
    },
  };
  const runner = createRunner(() => {}, { use: [{ name: "notes", ...monitor }], wsAuth: "token" });
  const caller = await call(runner, { carrier: "twilio", pace: "fast" });
  await caller.ended;
  const upgrade = { upgrade: "websocket" };
  const platform = { upgrade: () => assert.fail("let in"), waitUntil() {} };
  await runner.fetch(new Request("http://bot.test/ws/wrong", { headers: upgrade }), platform);
  await runner.close();

  assert.deepEqual(
    notes.toSorted(),
    [
      "/twilio 200",
      "/ws/wrong 403",
      "refused bad_token",
      "s begins on twilio",
      "s returned",
      ...notes.filter((note) => /^\/ws\/[\da-f]{48} /.test(String(note))),
    ].toSorted(),
  );
  assert.equal(starts.length, 1);
  assert.ok((starts[0] ?? -1) >= 0);
});
