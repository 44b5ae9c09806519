import { configureSync, type LogRecord, resetSync } from "@logtape/logtape";
import { Hono } from "hono";
import assert from "node:assert/strict";
import type { Bot } from "../../src/core/bot.ts";
import type { SessionEnd } from "../../src/core/monitor.ts";
import type { Feature } from "../../src/features/feature.ts";
import { joinFeatures } from "../../src/features/join.ts";
import { createRunner } from "../../src/runner.ts";
import { call } from "../../src/testing/call.ts";
import { createTransport } from "../../src/transports/create.ts";
import type { AppEnv } from "../../src/http/env.ts";

const ECHO: Bot = async (args) => {
  await using transport = await createTransport(args);
  await transport.readable.pipeTo(transport.writable);
};

/** Runs one phone call on a runner with features; returns what was logged of features. */
async function oneCall(use: readonly Feature[], bot: Bot = ECHO): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  configureSync({
    sinks: { memory: (record) => void records.push(record) },
    loggers: [
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: [] },
      { category: ["pipecat", "runner", "feature"], lowestLevel: "debug", sinks: ["memory"] },
    ],
    reset: true,
  });
  try {
    const called = Promise.withResolvers<void>();
    const watched: Bot = (args) => {
      const running = bot(args);
      called.resolve();
      return running;
    };
    await using runner = createRunner(watched, { use });
    const caller = await call(runner, { carrier: "twilio", pace: "fast" });
    await called.promise;
    const [session] = runner.sessions;
    await caller.hangUp();
    await session?.done;
  } finally {
    resetSync();
  }
  return records;
}

Deno.test("features wrap a session, the first outermost, and close when it is over", async () => {
  const notes: string[] = [];
  const noting = (name: string): Feature => ({
    name,
    async session({ transport }, run) {
      notes.push(`${name}: ${transport} begins`);
      const end = await run();
      notes.push(`${name}: ${end.outcome}`);
      return end;
    },
    tap(transport) {
      notes.push(`${name} taps ${transport.name}`);
      return transport;
    },
    close: () => void notes.push(`${name} closes`),
  });

  await oneCall([noting("a"), noting("b")]);

  assert.deepEqual(notes, [
    "a: twilio begins",
    "b: twilio begins",
    "b taps twilio",
    "a taps twilio",
    "b: left",
    "a: left",
    "a closes",
    "b closes",
  ]);
});

Deno.test("a tap changes what flows, and is told whose it is", async () => {
  let tapped: string | undefined;
  const mute: Feature = {
    name: "mute",
    tap(transport, args) {
      tapped = args.sessionId;
      return { ...transport, readable: new ReadableStream({ start: (c) => c.close() }) };
    },
  };
  let read: number | undefined;
  let id: string | undefined;

  await oneCall([mute], async (args) => {
    id = args.sessionId;
    const transport = await createTransport(args);
    read = (await Array.fromAsync(transport.readable)).length;
    transport.close();
  });

  assert.equal(read, 0);
  assert.ok(tapped);
  assert.equal(tapped, id);
});

Deno.test("a runner that nobody taps hands out its transports as they are", () => {
  const { tapped } = joinFeatures([{ name: "watcher", refused() {} }]);

  assert.equal(tapped(ECHO), ECHO);
});

for (
  const [what, broken] of [
    ["throws before the session", { session: () => fail() }],
    ["rejects before the session", { session: () => Promise.reject(new Error("broken")) }],
    ["rejects after the session", {
      async session(_: unknown, run: () => Promise<SessionEnd>) {
        await run();
        return fail();
      },
    }],
    ["never runs the session", { session: () => Promise.resolve({ outcome: "left" }) }],
    ["runs the session twice", {
      async session(_: unknown, run: () => Promise<SessionEnd>) {
        await run();
        return await run();
      },
    }],
    ["throws at a request", { request: () => fail() }],
    ["throws at its tap", { tap: () => fail() }],
    ["throws at its end", { close: () => fail() }],
  ] as [string, Omit<Feature, "name">][]
) {
  Deno.test(`a session goes on when a feature ${what}`, async () => {
    let calls = 0;
    const other: string[] = [];
    const healthy: Feature = {
      name: "healthy",
      async session(_session, run) {
        const end = await run();
        other.push(end.outcome);
        return end;
      },
    };

    const records = await oneCall([{ name: "broken", ...broken }, healthy], async (args) => {
      calls++;
      await ECHO(args);
    });

    assert.equal(calls, 1);
    assert.deepEqual(other, ["left"]);
    const failures = /never|twice/.test(what) ? [] : ["broken"];
    assert.deepEqual(records.map(({ properties }) => properties.name), failures);
  });
}

Deno.test("a feature that fails every time is logged once", async () => {
  const records = await oneCall([{ name: "broken", session: () => fail(), request: () => fail() }]);

  assert.equal(records.length, 1);
});

Deno.test("a feature that never ends does not hold a session", async () => {
  const ended = Promise.withResolvers<void>();
  const called = Promise.withResolvers<void>();
  const stuck: Feature = {
    name: "stuck",
    async session(_session, run) {
      called.resolve();
      await run();
      ended.resolve();
      return await new Promise<never>(() => {});
    },
  };
  const runner = createRunner(ECHO, { use: [stuck] });
  const caller = await call(runner, { carrier: "twilio", pace: "fast" });
  await called.promise;
  const [session] = runner.sessions;

  await caller.hangUp();
  await ended.promise;
  await session?.done;

  assert.equal(runner.sessions.size, 0);
  // Its close is waited for no longer than five seconds, which a test need not wait for.
});

Deno.test("what a feature serves is at the root, and not below a session", async () => {
  const routes = new Hono<AppEnv>().get("/metrics", (c) => c.text("numbers"));
  await using runner = createRunner(() => {}, { use: [{ name: "numbers", routes }] });
  const started = await runner.fetch(
    new Request("http://localhost/start", {
      method: "POST",
      body: JSON.stringify({ transport: "websocket" }),
    }),
  );
  const id = started.headers.get("x-session-id");

  const root = await runner.fetch(new Request("http://localhost/metrics"));
  const below = await runner.fetch(new Request(`http://localhost/sessions/${id}/metrics`));

  assert.equal(await root.text(), "numbers");
  assert.equal(below.status, 404);
  await below.body?.cancel();
});

function fail(): never {
  throw new Error("broken");
}
