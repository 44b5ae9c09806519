/**
 * What every fleet does, whatever it is kept in.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Fleet, FleetNode, FleetPlace } from "../../src/core/fleet.ts";

/** A directory that several processes share, in a test. */
export interface SharedFleet extends AsyncDisposable {
  /** The fleet as another process has it. */
  join(): Fleet;
  /** Lets time pass, in ms. */
  pass(ms: number): Promise<void> | void;
}

const ONE: FleetNode = {
  origin: "http://10.0.0.1:7860",
  ready: true,
  sessions: 3,
  promised: 1,
  maxSessions: 10,
};
const TWO: FleetNode = { ...ONE, origin: "http://[fd00::2]:7860", maxSessions: Infinity };

/**
 * Adds the tests of a fleet.
 *
 * @param name What it is kept in, such as "Redis".
 * @param share Makes an empty directory.
 * @param options.counted Whether it counts the places of sessions.
 */
export function testFleet(
  name: string,
  share: () => Promise<SharedFleet> | SharedFleet,
  { counted = true }: { readonly counted?: boolean } = {},
): void {
  const test = (behaviour: string, run: (shared: SharedFleet) => Promise<void>) =>
    Deno.test(`${name}: ${behaviour}`, async () => {
      await using shared = await share();
      await run(shared);
    });

  test("whoever has announced itself is seen by the others, as it announced itself last", async ({ join }) => {
    assert.deepEqual(await join().nodes(), []);

    await join().announce(ONE);
    await join().announce(TWO);
    await join().announce({ ...ONE, ready: false, sessions: 4 });

    const nodes = [...await join().nodes()].sort((a, b) => a.origin < b.origin ? -1 : 1);
    assert.deepEqual(nodes, [{ ...ONE, ready: false, sessions: 4 }, TWO]);
  });

  test("an announcement stands for six seconds, and is renewed", async ({ join, pass }) => {
    await join().announce(ONE);
    await join().announce(TWO);

    await pass(4000);
    await join().announce(ONE);
    await pass(1500);
    assert.equal((await join().nodes()).length, 2);
    await pass(1000);

    assert.deepEqual(await join().nodes(), [ONE]);
  });

  test("who withdraws is gone at once, and may come back", async ({ join }) => {
    await join().announce(ONE);
    await join().announce(TWO);

    await join().withdraw(ONE.origin);
    await join().withdraw("http://10.0.0.9:7860");

    assert.deepEqual(await join().nodes(), [TWO]);
    await join().announce(ONE);
    assert.equal((await join().nodes()).length, 2);
  });

  test("a claim names the owner to the others, until it is released", async ({ join }) => {
    const [first, second] = [join(), join()];

    assert.equal(await second.owner("session"), undefined);
    await first.claim("session", ONE.origin);
    await first.claim("pc_other", TWO.origin);

    assert.equal(await second.owner("session"), ONE.origin);
    assert.equal(await second.owner("pc_other"), TWO.origin);
    await second.claim("session", TWO.origin);
    assert.equal(await first.owner("session"), TWO.origin);
    await first.release("session");
    await first.release("nobody's");
    assert.equal(await second.owner("session"), undefined);
    assert.equal(await second.owner("pc_other"), TWO.origin);
  });

  test("a claim stands for a minute, and is renewed", async ({ join, pass }) => {
    const fleet = join();
    await fleet.claim("renewed", ONE.origin);
    await fleet.claim("left", ONE.origin);

    await pass(40_000);
    await fleet.claim("renewed", ONE.origin);
    await pass(19_000);
    assert.equal(await fleet.owner("left"), ONE.origin);
    await pass(2000);

    assert.equal(await fleet.owner("left"), undefined);
    assert.equal(await fleet.owner("renewed"), ONE.origin);
  });

  test("a rate holds for all processes together, and each key has its own", async ({ join }) => {
    const fleets = [join(), join(), join()];
    const rate = { limit: 10, windowMs: 60_000 };
    const starts = (key: string) =>
      Promise.all(Array.from({ length: 30 }, (_, i) => fleets[i % 3]!.take(key, rate)));

    const letIn = (await starts("client")).filter(Boolean).length;

    assert.equal(letIn, 10);
    assert.equal((await starts("another")).filter(Boolean).length, 10);
  });

  test("a rate lets in again at an even pace, and refusals cost nothing", async ({ join, pass }) => {
    const fleet = join();
    const rate = { limit: 4, windowMs: 60_000 };
    const letIn = async () => {
      let count = 0;
      for (let i = 0; i < 10; i++) if (await fleet.take("client", rate)) count++;
      return count;
    };

    assert.equal(await letIn(), 4);
    await pass(14_000);
    assert.equal(await letIn(), 0);
    await pass(2000);
    assert.equal(await letIn(), 1);
    await pass(120_000);
    assert.equal(await letIn(), 4);
  });

  test("a fast rate lets in as much as it says, and what its time brings", async ({ join, pass }) => {
    const fleet = join();
    const rate = { limit: 700, windowMs: 1000 };
    const take = () => fleet.take("client", rate);

    const burst = await Promise.all(Array.from({ length: 50 }, take));
    await pass(60_000);
    const began = performance.now();
    let count = 0;
    while (count < 2000 && await take()) count++;
    const most = rate.limit * (1 + (performance.now() - began) / rate.windowMs);

    assert.ok(burst.every(Boolean));
    assert.ok(count >= rate.limit && count <= most + 1, `${count} of ${most}`);
  });

  if (!counted) return;
  test("of the places of all processes each is taken once, and kept as long as it is held", async ({ join, pass }) => {
    const hold = async (id: string, kind: FleetPlace["kind"] = "promise", ms = 5000) =>
      await join().hold?.(id, { ms, kind, most: 3 });
    const free = async (id: string) => await join().free?.(id);

    const asked = await Promise.all(Array.from({ length: 9 }, (_, i) => hold(`session ${i}`)));
    const [one, other, third] = [...asked.keys()].filter((i) => asked[i])
      .map((i) => `session ${i}`) as [string, string, string];

    assert.equal(asked.filter(Boolean).length, 3);
    assert.deepEqual([await hold(one), await hold("more")], [true, false]);
    await free(one);
    await free("none");
    assert.deepEqual([await hold("more"), await hold(one)], [true, false]);
    await join().hold?.(other, { ms: 60_000, kind: "session" }); // it runs
    await pass(5100);
    assert.deepEqual([await hold("a"), await hold("b"), await hold("c")], [true, true, false]);
    await join().hold?.(third, { ms: 60_000, kind: "session" }); // whatever the limit is
    assert.equal(await hold("c"), false);
    await pass(56_000);
    assert.deepEqual([await hold("c"), await hold("d"), await hold("e")], [true, true, false]);
    await free(third);
    assert.equal(await hold("e"), true);
  });

  test("a call takes the place of the oldest promise, and of nothing else", async ({ join, pass }) => {
    const hold = async (id: string, kind: FleetPlace["kind"], ms = 5000) =>
      await join().hold?.(id, { ms, kind, most: 3 });

    await hold("dialled", "session", 60_000);
    await hold("old", "promise");
    await pass(100);
    await hold("new", "promise");

    assert.equal(await hold("other", "promise"), false);
    assert.equal(await hold("call 1", "call", 15_000), true);
    assert.equal(await hold("old", "promise"), false, "it has lost its place");
    await join().hold?.("new", { ms: 60_000, kind: "session" });
    assert.equal(await hold("call 2", "call", 15_000), false, "what runs is no promise any more");
    assert.deepEqual([await hold("new", "promise"), await hold("call 1", "call")], [true, true]);
    await pass(15_100);
    assert.equal(await hold("call 2", "call", 15_000), true);
  });
}
