import assert from "node:assert/strict";
import { createTicker } from "../../src/audio/ticker.ts";
import { manualClock } from "../../src/testing/clock.ts";
import { createPlayout } from "../../src/transports/playout.ts";

const RATE = 8000;
const FRAME = new Int16Array(160).fill(1);

/** A caller's ear behind a playout: what was sent is played without a gap, as a carrier does. */
function ear() {
  const clock = manualClock();
  let playedUntil = 0;
  let heardMs = 0;
  const queue = createPlayout({
    sampleRate: RATE,
    size: { min: 1, max: RATE, multiple: 1 },
    send(samples) {
      const ms = samples.length * 1000 / RATE;
      playedUntil = Math.max(playedUntil, clock.now()) + ms;
      heardMs += ms;
    },
    clock,
    ticker: createTicker(20, clock),
  });
  return {
    clock,
    queue,
    /** How long what is written now has to wait until it is heard. */
    delay: () => Math.max(0, playedUntil - clock.now()),
    heardMs: () => heardMs,
  };
}

Deno.test("a stall of 0.5 s on a live stream is forgotten within 2 s", async () => {
  const { clock, queue, delay, heardMs } = ear();
  let timestamp = 0;
  const write = () => queue.write(FRAME, timestamp += 20);
  for (let i = 0; i < 100; i++) {
    write();
    await clock.advance(20);
  }
  await clock.advance(500);
  for (let i = 0; i < 25; i++) write();
  const after = delay();
  for (let i = 0; i < 75; i++) {
    await clock.advance(20);
    write();
  }
  const later = delay();

  assert.equal(after, 500);
  assert.ok(later <= 60, `${later} ms stand`);
  assert.ok(
    queue.droppedMs() >= 420 && queue.droppedMs() <= 480,
    `${queue.droppedMs()} ms dropped`,
  );
  assert.equal(heardMs(), 200 * 20 - queue.droppedMs());
});

Deno.test("jitter is no stall", async () => {
  const { clock, queue, delay } = ear();
  for (let second = 0; second < 10; second++) {
    for (let i = 0; i < 45; i++) {
      queue.write(FRAME, (second * 50 + i) * 20);
      await clock.advance(20);
    }
    await clock.advance(100); // five frames come at once, 100 ms late
    for (let i = 45; i < 50; i++) queue.write(FRAME, (second * 50 + i) * 20);
  }

  assert.equal(queue.droppedMs(), 0);
  assert.ok(delay() <= 120);
});

Deno.test("audio that comes in clumps is not late", async () => {
  const { clock, queue } = ear();
  let timestamp = 0;
  const clump = async (frames: number, ms: number) => {
    for (let i = 0; i < frames; i++) queue.write(FRAME, timestamp += 20);
    await clock.advance(ms);
  };
  for (let second = 0; second < 10; second++) {
    await clump(25, 490);
    await clump(12, 15);
    await clump(13, 495);
  }

  assert.equal(queue.droppedMs(), 0);
});

Deno.test("audio that a bot makes is never dropped, however late", async () => {
  const { clock, queue, heardMs } = ear();
  for (let i = 0; i < 50; i++) {
    queue.write(FRAME);
    await clock.advance(20);
  }
  await clock.advance(500);
  for (let i = 0; i < 125; i++) queue.write(FRAME);
  for (let i = 0; i < 150; i++) {
    queue.write(FRAME);
    await clock.advance(20);
  }
  await clock.advance(5000);

  assert.equal(heardMs(), 325 * 20);
});

Deno.test("audio that comes faster than it plays is not late", async () => {
  const { clock, queue, heardMs } = ear();
  for (let i = 0; i < 400; i++) {
    queue.write(FRAME, i * 20);
    await clock.advance(4);
  }
  await clock.advance(1000);

  assert.equal(queue.droppedMs(), 0);
  assert.equal(heardMs(), 8000);
});

Deno.test("live audio behind a bot's speech is dropped instead of being late", async () => {
  const { clock, queue, delay } = ear();
  queue.write(new Int16Array(3 * RATE).fill(2));
  for (let i = 0; i < 300; i++) {
    queue.write(FRAME, i * 20);
    await clock.advance(20);
  }

  assert.ok(delay() <= 200, `${delay()} ms stand`);
  assert.ok(queue.droppedMs() > 2500);
});
