import assert from "node:assert/strict";
import type { Clock } from "../../src/core/clock.ts";
import { createTicker } from "../../src/audio/ticker.ts";

/** A clock that the test moves, with timers that fire as late as it says. */
function fakeClock(lateMs: () => number = () => 0) {
  const timers = new Map<() => void, number>();
  let time = 1000;
  const clock: Clock = {
    now: () => time,
    schedule(callback, delayMs) {
      // Like the timers of a host, whole milliseconds only.
      const timer = () => callback();
      timers.set(timer, time + Math.floor(delayMs) + lateMs());
      return () => timers.delete(timer);
    },
  };
  return {
    clock,
    timers,
    get time() {
      return time;
    },
    /** Lets time pass, firing what is due. */
    advance(ms: number) {
      const end = time + ms;
      for (;;) {
        const [first] = [...timers].toSorted(([, a], [, b]) => a - b);
        if (first === undefined || first[1] > end) break;
        timers.delete(first[0]);
        time = Math.max(time, first[1]);
        first[0]();
      }
      time = Math.max(time, end);
    },
    /** Lets time pass with the process held up, then fires what is due. */
    stall(ms: number) {
      time += ms;
      this.advance(0);
    },
  };
}

Deno.test("a ticker does not drift, though every timer fires late", () => {
  let seed = 1;
  const fake = fakeClock(() => (seed = seed * 16_807 % 2_147_483_647) % 1200 / 100);
  const ticker = createTicker(20, fake.clock);
  const start = fake.time;
  let beats = 0;
  let worst = 0;
  const remove = ticker.add((ticks) => {
    beats += ticks;
    worst = Math.max(worst, Math.abs(fake.time - start - beats * 20));
  });

  fake.advance(3_600_000);
  remove();

  assert.ok(Math.abs(beats - 180_000) <= 1, `${beats} beats in an hour`);
  assert.ok(worst <= 12.5, `${worst} ms off`);
});

Deno.test("timers of whole milliseconds cause no extra wake-ups", () => {
  const fake = fakeClock();
  const ticker = createTicker(2.5, fake.clock);
  const seen: number[] = [];
  ticker.add((ticks) => seen.push(ticks));

  fake.advance(100);

  assert.equal(seen.length, 40);
  assert.deepEqual(new Set(seen), new Set([1]));
});

Deno.test("a short stall is caught up, a long one only by three beats", () => {
  const fake = fakeClock();
  const ticker = createTicker(20, fake.clock);
  const seen: number[] = [];
  ticker.add((ticks) => seen.push(ticks));

  fake.advance(20);
  fake.stall(40);
  fake.stall(10_000);
  fake.advance(40);

  assert.deepEqual(seen, [1, 2, 3, 1, 1]);
});

Deno.test("the timer runs only while somebody listens", () => {
  const fake = fakeClock();
  const ticker = createTicker(20, fake.clock);
  const sizes = [fake.timers.size];

  const removeFirst = ticker.add(() => {});
  const removeSecond = ticker.add(() => {});
  sizes.push(fake.timers.size);
  removeFirst();
  removeFirst();
  sizes.push(fake.timers.size);
  removeSecond();
  sizes.push(fake.timers.size);
  fake.advance(1000);
  const again: number[] = [];
  ticker.add((ticks) => again.push(ticks));
  fake.advance(20);

  assert.deepEqual(sizes, [0, 1, 1, 0]);
  assert.deepEqual(again, [1]);
});

Deno.test("a listener that fails does not stop the others", () => {
  const fake = fakeClock();
  const ticker = createTicker(20, fake.clock);
  let failures = 0;
  let beats = 0;
  ticker.add(() => {
    failures++;
    throw new Error("broken");
  });
  ticker.add(() => beats++);

  fake.advance(100);

  assert.equal(failures, 5);
  assert.equal(beats, 5);
});

Deno.test("listeners can leave and join during a beat", () => {
  const fake = fakeClock();
  const ticker = createTicker(20, fake.clock);
  const seen: string[] = [];
  const leaveFirst = ticker.add(() => {
    seen.push("first");
    leaveFirst();
    leaveSecond();
    ticker.add(() => seen.push("third"));
  });
  const leaveSecond = ticker.add(() => seen.push("second"));

  fake.advance(40);

  assert.deepEqual(seen, ["first", "third"]);
  assert.equal(fake.timers.size, 1);
});

Deno.test("a real ticker beats on time and leaves no timer behind", async () => {
  const ticker = createTicker(5);
  const start = performance.now();
  let beats = 0;
  await new Promise<void>((resolve) => {
    const remove = ticker.add((ticks) => {
      beats += ticks;
      if (beats < 20) return;
      remove();
      resolve();
    });
  });
  assert.ok(performance.now() - start >= 98);
});
