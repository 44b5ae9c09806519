import assert from "node:assert/strict";
import fc from "fast-check";
import { pushable } from "../../src/models/pushable.ts";

Deno.test("what is pushed comes out in order, whenever it is read", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.oneof(fc.integer(), fc.constant(undefined))),
    fc.nat(10),
    async (items, early) => {
      const stream = pushable<number | undefined>();
      for (const item of items.slice(0, early)) stream.push(item);
      const read = Array.fromAsync(stream);
      await Promise.resolve();
      for (const item of items.slice(early)) stream.push(item);
      stream.end();
      stream.push(7);

      assert.deepEqual(await read, items);
    },
  ));
});

Deno.test("one that is left takes nothing any more, and ends", async () => {
  const stream = pushable<number>();
  stream.push(1);
  stream.push(2);

  for await (const _ of stream) break;
  stream.push(3);

  assert.deepEqual(await Array.fromAsync(stream), []);
});
