import assert from "node:assert/strict";
import { createDelayWatch } from "../../src/audio/delay_watch.ts";

/** As a WebRTC call is held to. */
const LIMITS = [{ window: 0, most: 60, rest: 60 }, { window: 1000, most: 30, rest: 20 }];

/** Offers frames of 20 ms, each at the time that `arrival` says, and counts what is played when. */
function play(
  count: number,
  arrival: (place: number) => number,
  captured = (place: number) => place,
) {
  const watch = createDelayWatch(...LIMITS);
  const accepted: number[] = [];
  /** When what was accepted so far will have been played. */
  let busyUntil = 0;
  const delays: number[] = [];
  const waits: number[] = [];
  for (let place = 0; place < count; place++) {
    const now = arrival(place);
    const delay = Math.max(0, busyUntil - now);
    if (watch.drops({ timestamp: captured(place) * 20, duration: 20, now, delay })) continue;
    accepted.push(place);
    busyUntil = Math.max(busyUntil, now) + 20;
    delays.push(busyUntil - 20 - place * 20);
    waits.push(busyUntil - 20 - now);
  }
  return { accepted, delays, waits };
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

Deno.test("a delay that comes and goes costs no frame", () => {
  const { accepted } = play(500, (place) => place * 20 + (place % 40 === 7 ? 45 : 0));

  assert.equal(accepted.length, 500);
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
  const watch = createDelayWatch(...LIMITS);
  const drops = (timestamp: number, now: number) =>
    watch.drops({ timestamp, duration: 20, now, delay: 0 });

  const first = drops(0, 0);
  const second = drops(5000, 9000);
  const third = drops(5020, 9020);

  assert.deepEqual([first, second, third], [false, false, false]);
});

Deno.test("a fast sender's clock does not add up to a delay", () => {
  const { waits } = play(100_000, (place) => place * 19.996);

  assert.ok(Math.max(...waits) <= 60, `${Math.max(...waits)} ms`);
});

Deno.test("a recording behind live audio and a pause is played in full", () => {
  const live = (place: number) => place < 100;

  const { accepted } = play(
    200,
    (place) => live(place) ? place * 20 : 9000,
    (place) => live(place) ? place : place + 50,
  );

  assert.equal(accepted.length, 200);
});

Deno.test("what is said again is played again", () => {
  const { accepted } = play(200, (place) => place * 20, (place) => place % 100);

  assert.equal(accepted.length, 200);
});

Deno.test("a recording that is written no faster than there is room is played in full", () => {
  const { accepted } = play(1000, (place) => Math.max(0, place - 50) * 20);

  assert.equal(accepted.length, 1000);
});

Deno.test("a bot that is slower from some moment on is heard all the same", () => {
  const { accepted } = play(500, (place) => place * 20 + (place < 100 ? 0 : 300));

  assert.ok(accepted.length >= 495, `${accepted.length} played`);
});

Deno.test("audio that waited until some of it was lost is late, and no new passage", () => {
  const watch = createDelayWatch(...LIMITS);
  let busyUntil = 0;
  let played = 0;
  const write = (place: number, now: number, losses: number) => {
    const delay = Math.max(0, busyUntil - now);
    if (watch.drops({ timestamp: place * 20, duration: 20, now, delay, losses })) return;
    busyUntil = Math.max(busyUntil, now) + 20;
    played++;
  };
  for (let place = 0; place < 100; place++) write(place, place * 20, 0);
  // The process stood still for 8 s, of which the last 3 s are left.
  for (let place = 350; place < 500; place++) write(place, 10_000, 250);
  const left = busyUntil - 10_000;
  for (let place = 500; place < 700; place++) write(place, place * 20, 250);
  // A pause of the bot's that lost nothing.
  const before = played;
  for (let place = 800; place < 900; place++) write(place, 25_000, 250);

  assert.ok(left <= 80, `${left} ms stand`);
  assert.equal(played - before, 100);
});
