import assert from "node:assert/strict";
import type { Fleet, NodeLoad } from "../../src/core/fleet.ts";
import { fleetPresence } from "../../src/nodes/fleet_presence.ts";
import { MemoryFleet } from "../../src/nodes/memory_fleet.ts";
import { virtualClock } from "../../src/testing/mod.ts";

const ORIGIN = "http://10.0.0.1:7860";
const IDLE: NodeLoad = { ready: true, sessions: 0, promised: 0, maxSessions: 10 };

/** A process of a fleet that can be away, and come back empty. */
function world() {
  const clock = virtualClock();
  const { now } = clock;
  const state = { fleet: new MemoryFleet({ now }), away: false, load: IDLE, calls: [] as string[] };
  const through =
    <Args extends unknown[], T>(name: keyof Fleet, call: (...args: Args) => Promise<T>) =>
    (...args: Args): Promise<T> => {
      state.calls.push(name);
      return state.away ? Promise.reject(new Error("away")) : call(...args);
    };
  const fleet: Fleet = {
    announce: through("announce", (node) => state.fleet.announce(node)),
    withdraw: through("withdraw", (origin) => state.fleet.withdraw(origin)),
    nodes: through("nodes", () => state.fleet.nodes()),
    claim: through("claim", (id, origin) => state.fleet.claim(id, origin)),
    owner: through("owner", (id) => state.fleet.owner(id)),
    release: through("release", (id) => state.fleet.release(id)),
    take: through("take", (key, rate) => state.fleet.take(key, rate)),
  };
  const presence = fleetPresence({ fleet, origin: ORIGIN, load: () => state.load, clock });
  return {
    state,
    presence,
    pass: (ms: number) => new Promise<void>((resolve) => void clock.schedule(resolve, ms)),
    empty: () => void (state.fleet = new MemoryFleet({ now })),
    nodes: () => state.fleet.nodes(),
    owner: (id: string) => state.fleet.owner(id),
    [Symbol.asyncDispose]: () => presence.close(),
  };
}

Deno.test("a process and its sessions stay known for as long as they are", async () => {
  await using member = world();
  const { presence, pass } = member;
  presence.claim("one");
  presence.claim("two");

  await pass(150_000);
  assert.deepEqual(await member.nodes(), [{ origin: ORIGIN, ...IDLE }]);
  assert.deepEqual([await member.owner("one"), await member.owner("two")], [ORIGIN, ORIGIN]);
  presence.release("one");
  await pass(1);
  assert.deepEqual([await member.owner("one"), await member.owner("two")], [undefined, ORIGIN]);
  await presence.close();

  assert.deepEqual(await member.nodes(), []);
  assert.equal(await member.owner("two"), undefined);
});

Deno.test("a change is told soon, many at once, and at once when it says who is ready", async () => {
  await using member = world();
  const { presence, pass, state } = member;
  await pass(500);
  const told = async () => (await member.nodes())[0];
  const before = state.calls.length;

  for (let sessions = 1; sessions <= 50; sessions++) {
    state.load = { ...IDLE, sessions };
    presence.changed();
    await pass(1);
  }
  await pass(150);
  assert.equal((await told())?.sessions, 50);
  assert.ok(state.calls.length - before <= 3, `${state.calls.length - before} calls`);
  state.load = { ...state.load, ready: false };
  presence.changed();
  await pass(1);
  assert.equal((await told())?.ready, false);
});

Deno.test("a directory that is away for ten seconds and comes back empty knows all two seconds later", async () => {
  await using member = world();
  const { presence, pass, state } = member;
  const ids = Array.from({ length: 250 }, (_, i) => `session-${i}`);
  ids.forEach((id) => presence.claim(id));
  await pass(5_000);

  state.away = true;
  await pass(5_000);
  presence.claim("begun meanwhile");
  presence.release("session-0");
  await pass(5_000);
  member.empty();
  state.away = false;
  await pass(2_001);

  assert.equal((await member.nodes()).length, 1);
  for (const id of [...ids.slice(1), "begun meanwhile"]) {
    assert.equal(await member.owner(id), ORIGIN, id);
  }
  assert.equal(await member.owner("session-0"), undefined);
});

Deno.test("a directory that has lost all between two announcements is told again", async () => {
  await using member = world();
  const { presence, pass } = member;
  presence.claim("one");
  presence.claim("two");
  await pass(3_000);

  member.empty();
  await pass(2_001);

  assert.equal((await member.nodes()).length, 1);
  assert.deepEqual([await member.owner("one"), await member.owner("two")], [ORIGIN, ORIGIN]);
});

Deno.test("a session that has moved on is neither taken back nor released", async () => {
  await using member = world();
  const { presence, pass, state } = member;
  presence.claim("one");
  presence.claim("two");
  await pass(1_000);

  await state.fleet.claim("one", "http://other:1");
  await state.fleet.claim("two", "http://other:1");
  await pass(10_000);
  assert.equal(await member.owner("one"), "http://other:1");
  presence.release("one");
  await presence.close();

  assert.equal(await member.owner("one"), "http://other:1");
  assert.equal(await member.owner("two"), "http://other:1");
});
