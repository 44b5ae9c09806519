import assert from "node:assert/strict";
import { fastClock, manualClock } from "../../src/testing/clock.ts";

Deno.test("a manual clock stands still and calls back in order", async () => {
  const clock = manualClock();
  const calls: [string, number][] = [];
  clock.schedule(() => calls.push(["late", clock.now()]), 30);
  clock.schedule(() => {
    calls.push(["early", clock.now()]);
    clock.schedule(() => calls.push(["next", clock.now()]), 5);
  }, 10);
  const cancel = clock.schedule(() => calls.push(["cancelled", clock.now()]), 20);
  cancel();

  await clock.advance(25);

  assert.deepEqual(calls, [["early", 10], ["next", 15]]);
  assert.equal(clock.now(), 25);
  await clock.advance(5);
  assert.deepEqual(calls.at(-1), ["late", 30]);
});

Deno.test("a fast clock passes an hour in a moment", async () => {
  const clock = fastClock();
  const began = performance.now();

  await new Promise<void>((resolve) => {
    let minutes = 0;
    const minute = () => ++minutes === 60 ? resolve() : clock.schedule(minute, 60_000);
    clock.schedule(minute, 60_000);
  });

  assert.equal(clock.now(), 3_600_000);
  assert.ok(performance.now() - began < 2000);
});

Deno.test("a fast clock with nothing left to do holds no timer", () => {
  const clock = fastClock();
  const cancel = clock.schedule(() => assert.fail("cancelled"), 10);
  cancel(); // the sanitizer of Deno.test finds a timer that is left
});
