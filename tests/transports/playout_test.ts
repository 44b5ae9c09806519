import assert from "node:assert/strict";
import fc from "fast-check";
import { createTicker } from "../../src/audio/ticker.ts";
import type { MessageSize } from "../../src/core/carrier.ts";
import { manualClock } from "../../src/testing/clock.ts";
import { createPlayout, messageLength } from "../../src/transports/playout.ts";

const RATE = 8000;
const ANY: MessageSize = { min: 1, max: RATE, multiple: 1 };
const EXOTEL: MessageSize = { min: 1600, max: 37_440, multiple: 160 };
const samplesOf = (ms: number, value = 1) => new Int16Array(ms * RATE / 1000).fill(value);

function playout(size: MessageSize = ANY) {
  const clock = manualClock();
  const ticker = createTicker(20, clock);
  const sent: { at: number; samples: Int16Array }[] = [];
  let listening = 0;
  const queue = createPlayout({
    sampleRate: RATE,
    size,
    send: (samples) => void sent.push({ at: clock.now(), samples }),
    clock,
    ticker: {
      add(onTick) {
        const stop = ticker.add(onTick);
        listening++;
        return () => {
          listening--;
          stop();
        };
      },
    },
  });
  const sentMs = () => sent.reduce((sum, { samples }) => sum + samples.length, 0) * 1000 / RATE;
  return { clock, sent, queue, sentMs, listeners: () => listening };
}

Deno.test("live audio leaves at once, as it is", async () => {
  const { clock, sent, queue } = playout();
  for (let i = 0; i < 10; i++) {
    queue.write(samplesOf(20, i), i * 20);
    await clock.advance(20);
  }

  assert.deepEqual(sent.map(({ at }) => at), [0, 20, 40, 60, 80, 100, 120, 140, 160, 180]);
  assert.deepEqual(sent[3]?.samples, samplesOf(20, 3));
});

Deno.test("audio that a bot makes at once is sent as it is played, 100 ms ahead", async () => {
  const { clock, queue, sentMs } = playout();
  queue.write(samplesOf(2000));

  for (let now = 0; now < 1900; now += 20) {
    assert.ok(sentMs() >= now + 80 && sentMs() <= now + 100, `${sentMs()} ms at ${now}`);
    await clock.advance(20);
  }
  await clock.advance(20);
  assert.equal(sentMs(), 2000);
});

Deno.test("the timer runs only while something waits", async () => {
  const { clock, queue, listeners } = playout();

  queue.write(samplesOf(20), 0);
  const live = listeners();
  queue.write(samplesOf(400));
  const speaking = listeners();
  await clock.advance(1000);

  assert.deepEqual([live, speaking, listeners()], [0, 1, 0]);
});

Deno.test("a writer waits while more than 5 s is queued", async () => {
  const { clock, queue } = playout();
  queue.write(samplesOf(5000));
  const before = queue.room();
  queue.write(samplesOf(1000));
  let resumedAt: number | undefined;
  const waited = queue.room()?.then(() => resumedAt = clock.now());

  await clock.advance(2000);
  await waited;

  assert.equal(before, undefined);
  assert.ok(resumedAt !== undefined && resumedAt >= 880 && resumedAt <= 920, `at ${resumedAt}`);
  queue.clear();
});

Deno.test("clearing drops what waits, and tells whether the carrier may hold some of it", async () => {
  const { clock, queue, sentMs } = playout();

  const nothing = queue.clear();
  queue.write(samplesOf(3000));
  await clock.advance(200);
  const speaking = queue.clear();
  const sent = sentMs();
  await clock.advance(5000);
  const longAfter = queue.clear();

  assert.deepEqual([nothing, speaking, longAfter], [false, true, false]);
  assert.equal(sentMs(), sent);
  assert.ok(sent <= 320);
});

Deno.test("an action comes when what was written before it has been sent", async () => {
  const { clock, queue, sentMs } = playout();
  queue.write(samplesOf(300));
  let sentBefore: number | undefined;
  queue.afterwards(() => sentBefore = sentMs());
  queue.write(samplesOf(300));

  await clock.advance(1000);

  assert.equal(sentBefore, 300);
  assert.equal(sentMs(), 600);
});

Deno.test("Exotel gets no message that is too short, and the last one is filled up with silence", async () => {
  const { clock, queue, sent } = playout(EXOTEL);
  queue.write(samplesOf(250));

  await clock.advance(1000);

  assert.deepEqual(sent.map(({ samples }) => samples.length), [1600, 1600]);
  assert.equal(sent[1]?.samples.filter((sample) => sample !== 0).length, 400);
});

Deno.test("the end of an utterance that is known does not wait to be filled up", () => {
  const { queue, sent } = playout(EXOTEL);
  queue.write(samplesOf(50));
  queue.afterwards(() => {});

  assert.deepEqual(sent.map(({ at, samples }) => [at, samples.length]), [[0, 1600]]);
});

Deno.test("live audio in pieces that are too short for a message is joined, without silence", async () => {
  const { clock, queue, sent } = playout(EXOTEL);
  for (let i = 0; i < 20; i++) {
    queue.write(samplesOf(100), i * 100);
    await clock.advance(100);
  }

  assert.equal(sent.length, 10);
  assert.ok(sent.every(({ samples }) => samples.length === 1600 && samples.every(Boolean)));
  assert.equal(queue.droppedMs(), 0);
});

Deno.test("live audio that is joined leaves at once as well, but not before what the bot has said", async () => {
  const { clock, queue, sentMs } = playout(EXOTEL);
  for (let i = 0; i < 20; i++) queue.write(samplesOf(100), i * 100);
  const live = sentMs();
  await clock.advance(2100);
  queue.write(samplesOf(1000));
  for (let i = 20; i < 30; i++) queue.write(samplesOf(100), i * 100);
  const behind = sentMs();
  await clock.advance(1000);

  assert.equal(live, 2000);
  assert.equal(behind, 2200);
  assert.equal(sentMs(), 4000);
});

Deno.test("messages keep the carrier's sizes, and no sample is lost or moved", () => {
  const sizes = fc.record({
    min: fc.integer({ min: 1, max: 2000 }),
    multiple: fc.integer({ min: 1, max: 400 }),
  }).map(({ min, multiple }) => ({ min, multiple, max: (min + multiple) * 4 }));
  const writes = fc.array(fc.integer({ min: 1, max: 3000 }), { maxLength: 12 });
  fc.assert(
    fc.property(sizes, writes, fc.boolean(), (size, lengths, live) => {
      const { queue, sent } = playout(size);
      let next = 0;
      for (const length of lengths) {
        const samples = Int16Array.from({ length }, () => next = next % 30_000 + 1);
        queue.write(samples, live ? 0 : undefined);
      }
      queue.afterwards(() => {});
      const out = sent.flatMap(({ samples }) => [...samples]);
      const full = sent.every(({ samples: { length } }) =>
        length >= size.min && length <= size.max && length % size.multiple === 0
      );
      const ordered = out.filter(Boolean).every((sample, i) => sample === i % 30_000 + 1);
      const silenceLast = !out.slice(0, out.findLastIndex(Boolean) + 1).includes(0);
      queue.clear();
      return full && ordered && silenceLast;
    }),
    { numRuns: 10_000 },
  );
});

Deno.test("the length of a message is within what is ready, unless it completes an utterance", () => {
  const size = fc.constantFrom(ANY, EXOTEL, { min: 160, max: 240_000, multiple: 160 });
  const count = fc.integer({ min: 1, max: 100_000 });
  fc.assert(
    fc.property(size, count, count, fc.boolean(), (size, ready, due, complete) => {
      const length = messageLength(size, ready, due, complete);
      if (length === 0) return !complete && ready < size.min + size.multiple;
      return length % size.multiple === 0 && length >= size.min && length <= size.max &&
        (complete || length <= ready);
    }),
    { numRuns: 10_000 },
  );
});
