import type { Clock } from "../../src/core/clock.ts";
import assert from "node:assert/strict";
import { sleepUntil, until } from "../../src/demo/until.ts";

/** A clock that moves when it is told to. */
function handClock() {
  const timers = new Set<() => void>();
  const clock: Clock = {
    now: () => 1000,
    schedule(callback) {
      timers.add(callback);
      return () => void timers.delete(callback);
    },
  };
  return { clock, timers };
}

Deno.test("a promise that settles in time leaves no timer behind", async () => {
  const { clock, timers } = handClock();
  const { signal } = new AbortController();
  const limit = { signal, clock, atMostMs: 50 };

  assert.equal(await until(Promise.resolve(7), limit), 7);
  await assert.rejects(until(Promise.reject(new RangeError()), limit), RangeError);
  assert.equal(timers.size, 0);
});

Deno.test("a wait ends when its time is over", async () => {
  const { clock, timers } = handClock();
  const { signal } = new AbortController();

  const wait = until(new Promise(() => {}), { signal, clock, atMostMs: 50 });
  for (const fire of timers) fire();

  assert.equal(await wait, undefined);
});

Deno.test("a sleep ends when the signal aborts, and leaves no timer behind", async () => {
  const { clock, timers } = handClock();
  const controller = new AbortController();

  const asleep = sleepUntil(1500, { signal: controller.signal, clock });
  const before = timers.size;
  controller.abort();
  await asleep;

  assert.deepEqual([before, timers.size], [1, 0]);
  await sleepUntil(1500, { signal: controller.signal, clock });
});

Deno.test("a time that has passed is not waited for", async () => {
  const { clock, timers } = handClock();

  await sleepUntil(900, { signal: new AbortController().signal, clock });

  assert.equal(timers.size, 0);
});
