import assert from "node:assert/strict";
import fc from "fast-check";
import { createIncoming, type Incoming, type Place } from "../../src/core/incoming.ts";

/** Items of a second each; a copy is told by its mark. */
function incoming(unread?: () => void): Incoming<string> {
  return createIncoming<string>({
    lasts: () => 1000,
    weigh: (item) => item.length,
    copy: (item) => `${item}'`,
    ...(unread ? { unread } : {}),
  });
}
const all = (place: Place<string>): string[] => {
  const items: string[] = [];
  for (let item = place.take(); item !== undefined; item = place.take()) items.push(item);
  return items;
};
const push = (target: Incoming<string>, ...items: string[]) => items.forEach(target.push);

Deno.test("a loop that is left goes on where it was left", async () => {
  const target = incoming();
  const { readable } = target;
  push(target, "a", "b", "c");
  for await (const item of readable) if (item === "b") break;
  push(target, "d");
  target.end();

  assert.deepEqual(await Array.fromAsync(readable), ["c", "d"]);
  assert.deepEqual(await Array.fromAsync(target.readable), []);
});

Deno.test("after a stream was cancelled there is another, which goes on", async () => {
  const target = incoming();
  push(target, "a", "b");
  const through = target.readable.pipeThrough(new TransformStream());
  for await (const item of through) if (item === "a") break;
  await new Promise((resolve) => setTimeout(resolve)); // the pipe cancels its source a little later
  push(target, "c");
  target.end();

  assert.deepEqual((await Array.fromAsync(target.readable)).at(-1), "c");
});

Deno.test("two readers hear the same, and neither can change what the other hears", () => {
  const target = incoming();
  const [one, other] = [target.place(), target.place()];
  push(target, "a", "b");

  assert.deepEqual(all(one), ["a'", "b'"]);
  assert.deepEqual(all(other), ["a", "b"]);
});

Deno.test("readers that wait are given each item at once", async () => {
  const target = incoming();
  const [one, other] = [target.place(), target.place()];
  const waiting = Promise.all([one.next(), other.next()]);
  push(target, "a");
  assert.deepEqual(await waiting, ["a", "a'"]);
});

Deno.test("the first reader begins at the beginning, another one now, the next where the last stopped", () => {
  const target = incoming();
  push(target, "a", "b");
  const first = target.place();
  assert.equal(first.take(), "a");
  const second = target.place();
  push(target, "c");
  assert.deepEqual(all(second), ["c'"]);
  second.stop();
  first.stop();
  push(target, "d");
  assert.deepEqual(all(target.place()), ["b", "c", "d'"]);
});

Deno.test("who has stopped goes on, whatever others have read meanwhile", () => {
  const target = incoming();
  const [one, other] = [target.place(), target.place()];
  push(target, "a");
  assert.deepEqual([all(one), all(other)], [["a'"], ["a"]]);
  one.stop();
  push(target, "b", "c");
  all(other);
  assert.deepEqual(all(one), ["b", "c"]);
});

Deno.test("a slow reader loses the oldest, one that keeps up loses nothing, and it is told once", () => {
  let told = 0;
  const target = incoming(() => told++);
  const [slow, quick] = [target.place(), target.place()];
  slow.take();
  const heard: string[] = [];
  for (const item of ["a", "b", "c", "d", "e", "f", "g"]) {
    push(target, item);
    heard.push(...all(quick));
  }
  assert.equal(heard.length, 7);
  assert.deepEqual(all(slow), ["c", "d", "e", "f", "g"]);
  assert.deepEqual([target.dropped, told], [2, 1]);
});

Deno.test("who has stopped for too long loses the oldest, and is no loss to the others", () => {
  const target = incoming(() => assert.fail("somebody reads"));
  const [stopped, reader] = [target.place(), target.place()];
  stopped.take();
  stopped.stop();
  for (const item of ["a", "b", "c", "d", "e", "f"]) {
    push(target, item);
    assert.equal(reader.take()?.at(0), item);
  }
  assert.deepEqual([all(stopped), target.dropped], [[], 0]);
});

Deno.test("5 s without a reader are told, but not to a bot that does not want to hear", async () => {
  let told = 0;
  const target = incoming(() => told++);
  push(target, ..."abcde");
  assert.equal(told, 0);
  push(target, ..."fgh");
  assert.deepEqual([told, target.dropped, all(target.place())], [1, 3, [..."defgh"]]);

  const unwanted = incoming(() => assert.fail("it was told so"));
  await unwanted.readable.cancel();
  push(unwanted, ..."abcdefgh");
});

Deno.test("readers that were made and forgotten hold no more than 5 s", () => {
  const target = incoming();
  for (let i = 0; i < 1000; i++) target.place();
  const reader = target.place();
  for (let i = 0; i < 20; i++) {
    push(target, String(i));
    assert.equal(parseInt(reader.take() ?? ""), i);
  }
  push(target, "last");
  assert.equal(reader.take(), "last", "the item itself: nobody else holds it");
});

Deno.test("a stop ends a wait", async () => {
  const target = incoming();
  const place = target.place();
  const waiting = place.next();
  place.stop();
  assert.equal(await waiting, undefined);
  push(target, "a");
  assert.equal(await place.next(), "a");
});

Deno.test("however readers read and stop, each hears items in order and none twice", () => {
  const steps = fc.array(
    fc.record({
      reader: fc.nat(2),
      action: fc.constantFrom("take", "stop", "push", "again"),
    }),
    { maxLength: 80 },
  );
  fc.assert(fc.property(steps, (steps) => {
    const target = incoming();
    const places = [0, 1, 2].map(() => target.place());
    const heard = places.map(() => -1);
    let pushed = 0;
    for (const { reader, action } of steps) {
      if (action === "push") push(target, String(pushed++));
      else if (action === "stop") places[reader]!.stop();
      else if (action === "again") {
        places[reader]!.stop();
        places[reader] = target.place();
        heard[reader] = -1;
      } else {
        const item = places[reader]!.take();
        if (item === undefined) continue;
        assert.ok(parseInt(item) > heard[reader]!);
        heard[reader] = parseInt(item);
      }
    }
  }));
});

Deno.test("who asks an ended one again and again does not hold up the process", async () => {
  const target = incoming();
  target.end();
  let turns = 0;
  const timer = setInterval(() => turns++);
  for (let i = 0; i < 20; i++) {
    for await (const _ of target.readable) assert.fail();
    await target.place().next();
  }
  clearInterval(timer);
  assert.ok(turns > 0);
});
