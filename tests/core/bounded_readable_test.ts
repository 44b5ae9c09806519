import assert from "node:assert/strict";
import fc from "fast-check";
import { boundedReadable } from "../../src/core/bounded_readable.ts";

const MEGABYTE = 1 << 20;

async function rest<T>(readable: ReadableStream<T>): Promise<T[]> {
  return await Array.fromAsync(readable);
}

Deno.test("of more items than the cap, the newest are kept in order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 20 }), fc.array(fc.nat()), async (cap, items) => {
      const queue = boundedReadable<number>(cap);

      for (const item of items) queue.push(item);
      queue.end();

      assert.deepEqual(await rest(queue.readable), items.slice(-cap));
    }),
  );
});

Deno.test("large items are fewer: no more than 2 MiB wait", async () => {
  const queue = boundedReadable<string>(256, (item) => item.length);
  const large = "l".repeat(MEGABYTE * 0.75);

  for (let i = 0; i < 256; i++) queue.push(large);
  queue.push("small");
  queue.end();

  assert.deepEqual(await rest(queue.readable), [large, large, "small"]);
});

Deno.test("an item that is larger than all that may wait is dropped, and the next one is not", async () => {
  const queue = boundedReadable<number>(10, (item) => item);

  queue.push(Infinity);
  queue.push(3);
  queue.end();

  assert.deepEqual(await rest(queue.readable), [3]);
});
