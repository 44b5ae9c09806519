import assert from "node:assert/strict";
import { type BoundedSink, boundedWritable } from "../../src/core/bounded_writable.ts";

const MEGABYTE = 1 << 20;

/** A sink that takes everything at once, with what a test wants otherwise. */
function sink(own: Partial<BoundedSink<number>> = {}): BoundedSink<number> {
  return {
    write() {},
    weigh: () => 1,
    close() {},
    abort() {},
    over: () => false,
    ...own,
  };
}

Deno.test("a writer that waits for nothing but its writes lets others have their turn", async () => {
  const { writable } = boundedWritable(sink(), 1);
  const writer = writable.getWriter();
  let turn = false;
  setTimeout(() => turn = true, 1);

  for (let i = 0; !turn; i++) {
    assert.ok(i < 100_000, "no turn of the event loop came");
    await writer.write(i);
  }
});

Deno.test("what is written without waiting is bounded, and the newest of it is kept", async () => {
  const taken: number[] = [];
  const { promise: room, resolve: makeRoom } = Promise.withResolvers<void>();
  const { writable } = boundedWritable(
    sink({
      write(item) {
        taken.push(item);
        return room;
      },
      weigh: () => MEGABYTE,
    }),
    1,
  );
  const writer = writable.getWriter();

  const writes = Array.from({ length: 100 }, (_, i) => writer.write(i));
  makeRoom();
  await Promise.all(writes);

  assert.equal(taken.at(-1), 99);
  assert.ok(taken.length <= 18, `${taken.length} MiB were kept`);
});

Deno.test("long items are taken one after the other, however much waits behind them", async () => {
  const events: string[] = [];
  const parts = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
  const { writable } = boundedWritable(
    sink({
      async write(item) {
        events.push(`${item} begins`);
        await parts[item]?.promise;
        events.push(`${item} ends`);
      },
      weigh: () => 17 * MEGABYTE,
    }),
    1,
  );
  const writer = writable.getWriter();

  const writes = [writer.write(0), writer.write(1)];
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(events, ["0 begins"]);
  parts[0]?.resolve();
  parts[1]?.resolve();
  await Promise.all(writes);

  assert.deepEqual(events, ["0 begins", "0 ends", "1 begins", "1 ends"]);
});

Deno.test("items are counted as they enter and as they leave", async () => {
  const { promise: room, resolve: makeRoom } = Promise.withResolvers<void>();
  const input = boundedWritable(sink({ write: () => room }), 1);
  const writer = input.writable.getWriter();

  const writes = [writer.write(1), writer.write(2)];
  await begun();

  assert.deepEqual([input.entered, input.left], [2, 1]);
  makeRoom();
  await Promise.all(writes);
  assert.deepEqual([input.entered, input.left], [2, 2]);
});

Deno.test("aborting is told at once, though a write waits for room", async () => {
  let aborted = false;
  const { promise: room, resolve: makeRoom } = Promise.withResolvers<void>();
  const input = boundedWritable(sink({ write: () => room, abort: () => aborted = true }), 1);
  const writer = input.writable.getWriter();
  const write = writer.write(1);
  await begun();

  const abort = writer.abort();
  assert.equal(aborted, true);
  makeRoom();
  await Promise.allSettled([write, abort, writer.closed]);
});

/** Lets a stream begin to write. */
function begun(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}
