import assert from "node:assert/strict";
import fc from "fast-check";
import { createTicker } from "../../src/audio/ticker.ts";
import { manualClock } from "../../src/testing/clock.ts";
import { noAudioFaults } from "../../src/core/audio_faults.ts";
import { createReorder } from "../../src/ways/phone/reorder.ts";

function window() {
  const clock = manualClock();
  const delivered: number[] = [];
  const reorder = createReorder<number>({
    faults: noAudioFaults(),
    deliver: (item) => void delivered.push(item),
    clock,
    ticker: createTicker(20, clock),
  });
  const push = (...chunks: number[]) => chunks.forEach((chunk) => reorder.push(chunk, chunk));
  return { clock, delivered, reorder, push };
}

for (const first of [0, 1, 7]) {
  Deno.test(`messages in order from ${first} leave at once`, () => {
    const { delivered, push } = window();
    push(first, first + 1, first + 2);

    assert.deepEqual(delivered, [first, first + 1, first + 2]);
  });
}

Deno.test("a stream may begin out of order", () => {
  const { delivered, push } = window();
  push(3, 1, 4, 2);

  assert.deepEqual(delivered, [1, 2, 3, 4]);
});

Deno.test("messages out of order leave in order as soon as the gap is filled", () => {
  const { delivered, push } = window();
  push(1, 3, 4);
  const before = [...delivered];
  push(2);

  assert.deepEqual(before, [1]);
  assert.deepEqual(delivered, [1, 2, 3, 4]);
});

Deno.test("a missing message is given up within 100 ms, though nothing more comes", async () => {
  const { clock, delivered, push } = window();
  push(1, 3, 4);

  await clock.advance(60);
  const early = [...delivered];
  await clock.advance(40);
  push(2, 5);

  assert.deepEqual(early, [1]);
  assert.deepEqual(delivered, [1, 3, 4, 5]);
});

Deno.test("what comes twice or too late is dropped", () => {
  const { delivered, push } = window();
  push(1, 2, 2, 1, 4, 4, 3);

  assert.deepEqual(delivered, [1, 2, 3, 4]);
});

Deno.test("a stream that starts counting again is followed, and what was held is not lost", () => {
  const { delivered, push } = window();
  push(500, 502, 1, 2, 900);

  assert.deepEqual(delivered, [500, 502, 1, 2, 900]);
});

Deno.test("flushing delivers what is held, and stops the clock", () => {
  const { delivered, reorder, push } = window();
  push(1, 4, 3);
  reorder.flush();

  assert.deepEqual(delivered, [1, 3, 4]);
});

Deno.test("any shuffle within the window comes out in order and complete", () => {
  const shuffled = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 60 })
    .map((jitter) =>
      jitter.map((delay, i) => ({ chunk: i + 1, at: i + (i === 0 ? -1 : delay) }))
        .sort((a, b) => a.at - b.at).map(({ chunk }) => chunk)
    );
  fc.assert(
    fc.property(shuffled, (chunks) => {
      const { delivered, reorder, push } = window();
      push(...chunks);
      const complete = delivered.length === chunks.length;
      reorder.flush();
      return complete && delivered.every((chunk, i) => chunk === i + 1);
    }),
    { numRuns: 10_000 },
  );
});
