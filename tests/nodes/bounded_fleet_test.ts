import assert from "node:assert/strict";
import type { Fleet, FleetNode } from "../../src/core/fleet.ts";
import { boundedFleet } from "../../src/nodes/bounded_fleet.ts";
import { MemoryFleet } from "../../src/nodes/memory_fleet.ts";

const NODE: FleetNode = {
  origin: "http://a:1",
  ready: true,
  sessions: 0,
  promised: 0,
  maxSessions: Infinity,
};
const RATE = { limit: 1, windowMs: 1000 };

/** A fleet of which every method does the same. */
function fleetThat(answer: () => Promise<never>): Fleet {
  return {
    announce: answer,
    withdraw: answer,
    nodes: answer,
    claim: answer,
    owner: answer,
    release: answer,
    take: answer,
  };
}

Deno.test("a directory that fails or hangs is said not to answer, whatever it is asked", async () => {
  for (
    const answer of [() => new Promise<never>(() => {}), () => Promise.reject(new Error("gone"))]
  ) {
    const fleet = boundedFleet(fleetThat(answer), { ms: 20 });
    const calls = [
      fleet.announce(NODE),
      fleet.withdraw(NODE.origin),
      fleet.nodes(),
      fleet.claim("id", NODE.origin),
      fleet.owner("id"),
      fleet.release("id"),
      fleet.take("key", RATE),
    ];
    for (const call of calls) {
      await assert.rejects(call, { code: "store_unavailable", status: 503, retryAfter: 5 });
    }
  }
});

Deno.test("the others are read twice a second, and told for half a minute while they cannot be", async () => {
  let time = 0;
  let reads = 0;
  let answer = () => Promise.resolve([NODE]);
  const fleet = boundedFleet({
    ...fleetThat(() => Promise.reject(new Error("unused"))),
    nodes() {
      reads++;
      return answer();
    },
  }, { now: () => time });

  assert.deepEqual(await Promise.all([fleet.nodes(), fleet.nodes()]), [[NODE], [NODE]]);
  time = 499;
  assert.deepEqual(await fleet.nodes(), [NODE]);
  assert.equal(reads, 1);
  answer = () => Promise.resolve([]);
  time = 500;
  assert.deepEqual(await fleet.nodes(), []);
  answer = () => Promise.resolve([NODE]);
  time = 1000;
  await fleet.nodes();

  answer = () => Promise.reject(new Error("gone"));
  time = 30_000;
  assert.deepEqual(await fleet.nodes(), [NODE]);
  time = 31_001;
  await assert.rejects(fleet.nodes(), { code: "store_unavailable" });
  answer = () => Promise.resolve([]);
  assert.deepEqual(await fleet.nodes(), []);
});

Deno.test("nobody waits for a directory that hangs, but the first", async () => {
  let time = 0;
  let answer: () => Promise<FleetNode[]> = () => Promise.resolve([NODE]);
  const fleet = boundedFleet({
    ...fleetThat(() => Promise.reject(new Error("unused"))),
    nodes: () => answer(),
  }, { ms: 50, now: () => time });
  await fleet.nodes();

  answer = () => new Promise(() => {});
  time = 1000;
  assert.deepEqual(await fleet.nodes(), [NODE]);
  const began = performance.now();
  for (let i = 0; i < 100; i++) assert.deepEqual(await fleet.nodes(), [NODE]);
  const passed = performance.now() - began;

  assert.ok(passed < 50, `${passed} ms`);
  await new Promise((resolve) => setTimeout(resolve, 60)); // until the last look is given up
});

Deno.test("a directory in this process is in nobody's way", () => {
  const fleet = new MemoryFleet();

  assert.equal(boundedFleet(fleet), fleet);
});
