/**
 * What clients and callers notice when the Redis behind a runner holds still, dies, and comes back empty.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { boundedFleet } from "../../src/nodes/bounded_fleet.ts";
import { fleetPresence } from "../../src/nodes/fleet_presence.ts";
import { connectRedis, redisFleet, redisStore } from "../../src/redis/mod.ts";
import { createRunner } from "../../src/runner.ts";
import { installPackage, run, tool } from "../runtimes/hosts.ts";
import { warnings } from "../support/warnings.ts";
import { startRedis } from "./redis_server.ts";

/** How soon a client is told that there is no store: in two seconds, and what a busy machine adds. */
const TOLD_MS = 2600;

/** A runner whose sessions are in Redis, as clients, callers and balancers see it. */
function serving(options: Parameters<typeof createRunner>[1]) {
  const runner = createRunner(() => Promise.resolve(), options);
  const ask = async (path: string, init?: RequestInit) => {
    const began = performance.now();
    const response = await runner.fetch(new Request(`https://bot.test${path}`, init));
    const text = await response.text();
    const retryAfter = response.headers.get("retry-after");
    return { status: response.status, retryAfter, text, ms: performance.now() - began };
  };
  const begin = { method: "POST", body: '{"transport":"websocket"}' };
  let calls = 0;
  return {
    close: () => runner.close(),
    ready: () => ask("/readyz"),
    start: () => ask("/start", begin),
    call() {
      const caller = { CallSid: `CA${calls++}`, From: "+15551234567", To: "+15559876543" };
      return ask("/twilio", { method: "POST", body: new URLSearchParams(caller) });
    },
  };
}

/** Waits until an answer is as it should be; tells how long that took, in ms. */
async function until(ask: () => Promise<boolean>): Promise<number> {
  const began = performance.now();
  while (!await ask()) {
    if (performance.now() - began > 15_000) throw new Error("It did not come in 15 seconds");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return performance.now() - began;
}

for (const fault of ["SIGSTOP", "SIGKILL"] as const) {
  Deno.test(`while Redis is away by ${fault} everybody is told so in time, and after it all is well`, async () => {
    await using server = await startRedis("redis");
    const lines = await warnings(async () => {
      await using redis = await connectRedis(server.url);
      const { ready, start, call, close } = serving({ store: redisStore(redis) });
      assert.equal((await start()).status, 200);
      assert.match((await call()).text, /<Stream/);

      if (fault === "SIGSTOP") server.signal("SIGSTOP");
      else await server.kill();
      const answers = await Promise.all([start(), start(), call()]);
      const [one, two, caller] = answers;
      for (const { status, retryAfter, text } of [one, two]) {
        assert.deepEqual([status, retryAfter, JSON.parse(text).code], [
          503,
          "5",
          "store_unavailable",
        ]);
      }
      assert.equal(caller.status, 200);
      assert.match(caller.text, /All lines are busy/);
      const health = await ready();
      assert.deepEqual([health.status, JSON.parse(health.text).status], [503, "store_unavailable"]);
      assert.ok(answers.every(({ ms }) => ms < TOLD_MS), answers.map(({ ms }) => ms).join());

      if (fault === "SIGSTOP") server.signal("SIGCONT");
      else await server.start();
      const waited = await until(async () => (await ready()).status === 200);
      assert.ok(waited < 5000, `${waited} ms`);
      assert.equal((await start()).status, 200);
      assert.match((await call()).text, /<Stream/);
      await close();
    });

    const told = lines.filter((line) => !/session/.test(line) || /The store/.test(line));
    assert.ok(told.length <= 4, `an outage is logged by its beginning and end: ${told.join("\n")}`);
  });
}

Deno.test("a fleet whose Redis dies for ten seconds and comes back empty is whole two seconds later", async () => {
  await using server = await startRedis("valkey");
  await warnings(async () => {
    await using redis = await connectRedis(server.url);
    const fleet = boundedFleet(redisFleet(redis));
    const load = () => ({ ready: true, sessions: 50, promised: 0, maxSessions: Infinity });
    const origins = ["http://10.0.0.1:7860", "http://10.0.0.2:7860"];
    const members = origins.map((origin) => fleetPresence({ fleet, origin, load }));
    const ids = (origin: string) => Array.from({ length: 50 }, (_, i) => `${origin}/${i}`);
    members.forEach((member, i) => ids(origins[i]!).forEach((id) => member.claim(id)));
    const known = async () => {
      const owners = await Promise.all(
        origins.flatMap((origin) =>
          ids(origin).map(async (id) => await fleet.owner(id).catch(() => "") === origin)
        ),
      );
      const nodes = await redisFleet(redis).nodes().catch(() => []);
      return nodes.length === 2 && owners.every(Boolean);
    };
    await until(known);
    await fleet.nodes();

    await server.kill();
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    assert.equal((await fleet.nodes()).length, 2, "those that were there are not given up");
    await server.start();
    const waited = await until(known);

    // The client connects again once a second, the process announces itself every two.
    assert.ok(waited < 4000, `${waited} ms`);
    await Promise.all(members.map((member) => member.close()));
    assert.deepEqual(await redisFleet(redis).nodes(), []);
    assert.equal(await redis.call("DBSIZE"), 0, "nothing is left behind");
  });
});

Deno.test("connectRedis runs on Node and Bun, once ioredis is installed", async () => {
  await using server = await startRedis("redis");
  await using folder = await installPackage();
  const { path } = folder;
  await Deno.writeTextFile(
    join(path, "use.mjs"),
    `
    import { connectRedis, redisFleet, redisStore } from "@pipecat/runner/redis";
    const redis = await connectRedis(process.argv[2]);
    const store = redisStore(redis);
    await store.put("session:one", { id: "one", transport: "webrtc", body: "é" }, 1000);
    await redisFleet(redis).claim("one", "http://a:1");
    console.log((await store.take("session:one")).body, await redisFleet(redis).owner("one"));
    await redis.close();
  `,
  );
  const use = (runtime: "node" | "bun") => run(tool(runtime), ["use.mjs", server.url], path);

  await assert.rejects(use("node"), /package_missing[\s\S]*ioredis@6.0.0 cannot be loaded/);
  await run("npm", ["install", "--prefer-offline", "ioredis@6.0.0"], path);

  for (const runtime of ["node", "bun"] as const) {
    assert.equal(await use(runtime), "é http://a:1\n");
  }
});
