import assert from "node:assert/strict";
import { abortedAfter, delay, inTime, within } from "../../src/core/wait.ts";

const never = new Promise<never>(() => {});

Deno.test("what comes in time is the result, and no timer is left", async () => {
  assert.equal(await inTime(60_000, Promise.resolve("here"), () => "late"), "here");
  assert.equal(await within(60_000, Promise.resolve()), true);
});

Deno.test("what is late is replaced, by a result or an error", async () => {
  const tooLate = () => {
    throw new Error("late");
  };
  assert.equal(await inTime(1, never, () => "late"), "late");
  await assert.rejects(inTime(1, never, tooLate), { message: "late" });
  assert.equal(await within(1, never), false);
});

Deno.test("what fails in time fails, and no timer is left", async () => {
  const failure = () => Promise.reject(new Error("broken"));
  await assert.rejects(inTime(60_000, failure(), () => "late"), { message: "broken" });
  await assert.rejects(within(60_000, failure()), { message: "broken" });
});

Deno.test("a time that no timer can wait is the longest one, and does not pass at once", async () => {
  assert.equal(await within(Infinity, delay(5)), true);
});

Deno.test("a delay ends early when its signal aborts, before it or after", async () => {
  const controller = new AbortController();
  const waiting = delay(60_000, controller.signal);
  controller.abort();
  await waiting;
  await delay(60_000, controller.signal);
});

Deno.test("a signal aborts after its time, or with another, and its timer ends with the work", async () => {
  const aborted = (signal: AbortSignal) =>
    new Promise<boolean>((resolve) => {
      if (signal.aborted) resolve(true);
      signal.addEventListener("abort", () => resolve(true));
    });
  const other = new AbortController();
  const both = abortedAfter(60_000, aborted, other.signal);
  other.abort();
  assert.equal(await both, true);
  assert.equal(await abortedAfter(1, aborted), true);
  assert.equal(await abortedAfter(60_000, () => Promise.resolve("done")), "done");
  await assert.rejects(abortedAfter(60_000, () => Promise.reject(new Error("broken"))));
});
