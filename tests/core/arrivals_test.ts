import assert from "node:assert/strict";
import {
  createArrivals,
  type Destination,
  MOST_ARRIVALS,
  MOST_OF_A_CLIENT,
} from "../../src/sessions/arrivals.ts";
import type { CloseInfo } from "../../src/core/duplex.ts";
import { RunnerError } from "../../src/core/error.ts";

/** Something to come to, whose client comes when the test says so. */
function destination() {
  const reached = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<CloseInfo>();
  const self: Destination = {
    reached: reached.promise,
    closed: closed.promise,
    close: (info = {}) => closed.resolve(info),
  };
  return { self, come: () => reached.resolve() };
}

const refused = (status: number) => (error: unknown) =>
  error instanceof RunnerError && error.code === "too_many_offers" && error.status === status &&
  (error.retryAfter ?? 0) > 0;

Deno.test("a client comes, or is given up, and is expected no longer", async () => {
  const arrivals = createArrivals();
  const [one, other] = [destination(), destination()];

  const coming = arrivals.expect("s1", "192.0.2.1").at(one.self);
  const leaving = arrivals.expect("s2", "192.0.2.1").at(other.self);
  assert.equal(arrivals.size, 2);
  one.come();
  other.self.close({ reason: "too late" });

  assert.equal(await coming, undefined);
  assert.deepEqual(await leaving, { reason: "too late" });
  assert.equal(arrivals.size, 0);
});

Deno.test("one client fills its own share, and leaves the others theirs", () => {
  const arrivals = createArrivals();
  const expected = Array.from(
    { length: MOST_OF_A_CLIENT },
    (_, i) => arrivals.expect(`s${i}`, "192.0.2.1"),
  );

  assert.throws(() => arrivals.expect("s", "192.0.2.1"), refused(429));
  arrivals.expect("t", "192.0.2.2");
  expected[0]?.end();
  arrivals.expect("u", "192.0.2.1");

  assert.equal(arrivals.size, MOST_OF_A_CLIENT + 1);
});

Deno.test("so many at most are expected in all, known or not", () => {
  const arrivals = createArrivals();
  for (let i = 0; i < MOST_ARRIVALS; i++) arrivals.expect(`s${i}`, i % 2 ? `${i}` : undefined);

  assert.throws(() => arrivals.expect("s"), { code: "full", status: 503, retryAfter: 5 });
  arrivals.expect("s0"); // in place of the one before
});

Deno.test("a few clients who fill all places make room for the others, and for none of their own", () => {
  const arrivals = createArrivals();
  const ended: string[] = [];
  for (let i = 0; i < MOST_ARRIVALS; i++) {
    const { self } = destination();
    const close = () => void ended.push(`s${i}`);
    void arrivals.expect(`s${i}`, `192.0.2.${i % 8}`).at({ ...self, close });
  }

  arrivals.expect("t", "198.51.100.1");
  arrivals.expect("u", "198.51.100.2");

  assert.deepEqual([ended, arrivals.size], [["s0", "s1"], MOST_ARRIVALS]);
  assert.throws(() => arrivals.expect("v", "192.0.2.0"), { code: "full" });
});

Deno.test("another offer of a session gives up the one before, made or not", async () => {
  const arrivals = createArrivals();
  const [one, late, last] = [destination(), destination(), destination()];

  const first = arrivals.expect("s1").at(one.self);
  const second = arrivals.expect("s1");
  const third = arrivals.expect("s1").at(last.self);
  last.come();

  assert.equal((await first)?.closeCode, 1001);
  assert.equal((await second.at(late.self))?.closeCode, 1001);
  assert.equal(await third, undefined);
  assert.equal(arrivals.size, 0);
});

Deno.test("all are given up together", async () => {
  const arrivals = createArrivals();
  const expected = [destination(), destination()].map(({ self }, i) =>
    arrivals.expect(`s${i}`).at(self)
  );

  arrivals.close();

  for (const info of await Promise.all(expected)) assert.equal(info?.closeCode, 1001);
});
