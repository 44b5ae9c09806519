import assert from "node:assert/strict";
import { createLiveSchedule } from "../../src/webrtc/live_schedule.ts";

/** Offers frames of 20 ms, each at the time that `arrival` says, and counts what is played when. */
function play(
  count: number,
  arrival: (place: number) => number,
  captured = (place: number) => place,
) {
  const schedule = createLiveSchedule();
  const accepted: number[] = [];
  /** When what was accepted so far will have been played. */
  let busyUntil = 0;
  const delays: number[] = [];
  for (let place = 0; place < count; place++) {
    const now = arrival(place);
    if (!schedule.accept(captured(place) * 20, 20, now)) continue;
    accepted.push(place);
    busyUntil = Math.max(busyUntil, now) + 20;
    delays.push(busyUntil - 20 - place * 20);
  }
  return { accepted, delays };
}

Deno.test("frames that come in step are all played", () => {
  const { accepted, delays } = play(500, (place) => place * 20);

  assert.equal(accepted.length, 500);
  assert.equal(Math.max(...delays), 0);
});

Deno.test("a jitter of 30 ms costs no frame and at most 30 ms", () => {
  const { accepted, delays } = play(500, (place) => place * 20 + (place * 7 % 4) * 10);

  assert.equal(accepted.length, 500);
  assert.ok(Math.max(...delays) <= 30);
});

Deno.test("half a second of stall is forgotten as soon as it is over", () => {
  const stalled = (place: number) => place >= 100 && place < 125 ? 125 * 20 : place * 20;

  const { accepted, delays } = play(300, stalled);

  assert.ok(accepted.length >= 270 && accepted.length < 280, `${accepted.length} played`);
  assert.ok(Math.max(...delays.slice(-150)) <= 60, `${Math.max(...delays.slice(-150))} ms`);
});

Deno.test("a delay that jitter has left behind goes away", () => {
  const { delays } = play(1000, (place) => place * 20 + (place === 100 ? 50 : 0));

  assert.ok(delays.at(-1)! <= 30);
});

Deno.test("a slow sender's clock costs no frame", () => {
  const { accepted, delays } = play(20_000, (place) => place * 20.004);

  assert.equal(accepted.length, 20_000);
  assert.ok(delays.at(-1)! < 100);
});

Deno.test("a recorded passage is played in full, however late it is", () => {
  const { accepted } = play(200, () => 60_000, (place) => 1000 + place);

  assert.equal(accepted.length, 200);
});

Deno.test("each passage has a schedule of its own", () => {
  const schedule = createLiveSchedule();

  const first = schedule.accept(0, 20, 0);
  const second = schedule.accept(5000, 20, 9000);
  const third = schedule.accept(5020, 20, 9020);

  assert.deepEqual([first, second, third], [true, true, true]);
});
