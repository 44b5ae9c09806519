import assert from "node:assert/strict";
import { firstAnswer } from "../../src/sessions/first_answer.ts";
import { MemoryOnceStore } from "../../src/sessions/once.ts";

function clock() {
  let time = 0;
  return { now: () => time, pass: (ms: number) => void (time += ms) };
}
const MINUTE = { ttl: 60_000 };

Deno.test("of two that make a note, one gets the other's", async () => {
  const once = new MemoryOnceStore();

  assert.equal(await once.add("a", "first", MINUTE), undefined);
  assert.equal(await once.add("a", "second", MINUTE), "first");
  assert.equal(await once.get("a"), "first");
  await once.delete("a");
  assert.equal(await once.add("a", "third", MINUTE), undefined);
});

Deno.test("a note is forgotten when its time is over", async () => {
  const { now, pass } = clock();
  const once = new MemoryOnceStore({ now });
  await once.add("a", "first", { ttl: 1000 });

  pass(999);
  assert.equal(await once.get("a"), "first");
  pass(1);
  assert.equal(await once.get("a"), undefined);
  assert.equal(await once.add("a", "second", MINUTE), undefined);
});

Deno.test("a full store refuses what is new, and forgets only what is not held", async () => {
  const { now, pass } = clock();
  const once = new MemoryOnceStore({ most: 2, now });
  await once.add("live", "", { ttl: 1000 });
  await once.set("over", "", { ttl: 1000, hold: 0 });

  assert.equal(await once.add("new", "", { ttl: 1000 }), undefined);
  assert.deepEqual([await once.get("live"), await once.get("over")], ["", undefined]);
  await assert.rejects(once.add("late", "", { ttl: 1000 }), { code: "full", status: 503 });
  await once.set("spare", "", { ttl: 1000, hold: 0 });
  assert.equal(await once.get("spare"), undefined);
  assert.equal(await once.add("live", "", MINUTE), "", "what is known needs no room");
  pass(1000);
  assert.equal(await once.add("late", "", MINUTE), undefined);
});

Deno.test("a hold that is over makes room, the one that ended first", async () => {
  const { now, pass } = clock();
  const once = new MemoryOnceStore({ most: 2, now });
  await once.add("long", "", { ttl: 5000, hold: 2000 });
  await once.add("short", "", { ttl: 5000, hold: 1000 });

  pass(3000);
  await once.add("new", "", MINUTE);

  assert.deepEqual([await once.get("long"), await once.get("short")], ["", undefined]);
});

Deno.test("repeats get the answer of the first, at the same moment and later", async () => {
  const once = new MemoryOnceStore();
  const { promise: decision, resolve: decide } = Promise.withResolvers<string>();
  let asked = 0;
  const ask = () => {
    asked++;
    return decision;
  };
  const both = [
    firstAnswer(once, "a", ask, MINUTE),
    firstAnswer(once, "a", ask, MINUTE),
  ];
  decide("yes");

  assert.deepEqual(await Promise.all(both), [
    { answer: "yes", first: true },
    { answer: "yes", first: false },
  ]);
  assert.deepEqual(await firstAnswer(once, "a", ask, MINUTE), { answer: "yes", first: false });
  assert.equal(asked, 1);
});

Deno.test("when the first cannot decide, the next one does", async () => {
  const once = new MemoryOnceStore();
  const fails = () => Promise.reject(new Error("the database is away"));

  await assert.rejects(firstAnswer(once, "a", fails, MINUTE), /database/);
  const { answer } = await firstAnswer(once, "a", () => Promise.resolve("yes"), MINUTE);

  assert.equal(answer, "yes");
});

Deno.test("what is noted while the first decides stands", async () => {
  const once = new MemoryOnceStore();
  const decide = async () => {
    await once.set("a", JSON.stringify("over"), MINUTE);
    return "yes";
  };

  assert.deepEqual(await firstAnswer(once, "a", decide, MINUTE), { answer: "over", first: false });
});
