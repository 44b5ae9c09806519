import assert from "node:assert/strict";
import { MemoryFleet } from "../../../src/nodes/memory_fleet.ts";
import { sharedHealth } from "../../../src/runtimes/processes/shared_health.ts";

const HERE = "http://127.0.0.1:7861";
const NODE = { ready: true, sessions: 2, promised: 1, maxSessions: 10 };

/** What is answered where this process says `own`, beside one that is ready. */
async function answered(
  own: Response,
  url = "http://bot.example/readyz",
): Promise<[number, unknown]> {
  const fleet = new MemoryFleet();
  await fleet.announce({ ...NODE, origin: HERE, ready: own.ok });
  await fleet.announce({ ...NODE, origin: "http://127.0.0.1:7862" });
  await fleet.announce({ ...NODE, origin: "http://10.0.0.7:7861" }); // of another machine
  const { request } = sharedHealth(fleet, HERE);
  const response = await request?.(new Request(url), () => Promise.resolve(own));
  return [response?.status ?? 0, await response?.text().then((text) => JSON.parse(text))];
}

const says = (status: string, code = 503) =>
  Response.json({ status, sessions: 2, promised: 1, maxSessions: 10, lag: 3 }, { status: code });

Deno.test("a process that is full or drains is ready as long as another one is, with the numbers of all", async () => {
  const all = { status: "ready", sessions: 4, promised: 2, maxSessions: 20, lag: 3, processes: 2 };

  for (const status of ["full", "overloaded", "draining"]) {
    assert.deepEqual(await answered(says(status)), [200, all]);
  }
  assert.deepEqual(await answered(says("ready", 200)), [200, all]);
});

Deno.test("what the bot or the store says holds for all processes", async () => {
  for (const status of ["not ready", "store_unavailable"]) {
    const [code, told] = await answered(says(status));

    assert.deepEqual([code, (told as { status: string }).status], [503, status]);
  }
});

Deno.test("its own port tells of a process alone, and a user's own route is let be", async () => {
  assert.deepEqual((await answered(says("full"), `${HERE}/readyz`))[0], 503);
  const own = Response.json("fine", { status: 503 });
  assert.deepEqual(await answered(own, "http://bot.example/sessions/1/readyz"), [503, "fine"]);
});
