/**
 * The bot's picture on its way to the client.
 */
import assert from "node:assert/strict";
import { createAccessUnits } from "../../../src/video/access_units.ts";
import { readWebp } from "../../../src/video/webp.ts";
import { createVideoOutput } from "../../../src/ways/webrtc/video/output.ts";
import { STRIPES } from "../../video/pictures.ts";

const { frame: KEY } = readWebp(STRIPES);
const BIG = new Uint8Array(60_000);
BIG.set(KEY);

function output() {
  const units = createAccessUnits("vp8");
  const seen: number[] = [];
  let packets = 0;
  let resent = 0;
  let up = true;
  const made = createVideoOutput({
    send({ sequenceNumber: sequence, ...header }, payload) {
      if (!up) return;
      packets++;
      const unit = units.push({ ...header, sequence, payload }, 0);
      if (unit) seen.push(unit.data.length);
      return Uint8Array.of(sequence >> 8, sequence & 0xff);
    },
    resend: () => resent++,
  });
  return {
    ...made,
    seen,
    packets: () => packets,
    resent: () => resent,
    connect: (is: boolean) => up = is,
  };
}

Deno.test("a picture is sent at once, again soon, and then every few seconds", () => {
  const { show, tick, seen } = output();
  const times: number[] = [];
  show(KEY, 0);
  assert.equal(seen.length, 1);

  for (let now = 20; now <= 10_000; now += 20) {
    const before = seen.length;
    tick(now);
    if (seen.length > before) times.push(now);
  }

  assert.deepEqual(times, [200, 600, 1400, 3000, 6000, 9000]);
  assert.ok(seen.every((bytes) => bytes === KEY.length));
});

Deno.test("a client that has lost the picture gets it at once, unless it is on its way", () => {
  const { show, lost, seen } = output();
  show(KEY, 0);

  lost(100);
  assert.equal(seen.length, 1);
  lost(400);

  assert.equal(seen.length, 2);
});

Deno.test("a large picture is spread over time, and a newer one waits for its end", () => {
  const { show, tick, seen, packets } = output();

  show(BIG, 0);
  assert.equal(packets(), 16);
  show(KEY, 1);
  show(BIG, 2);
  for (let now = 20; now <= 200; now += 20) tick(now);

  assert.deepEqual(seen, [BIG.length, BIG.length], "one that nobody has begun to see is left out");
});

Deno.test("what was shown before the connection is shown over it, and over the next one", () => {
  const { show, begin, connect, seen } = output();
  connect(false);
  show(KEY, 0);
  connect(true);

  begin(50);
  begin(90);

  assert.equal(seen.length, 2);
});

Deno.test("lost packets are sent again for a second, and then no more", () => {
  const { write, tick, again, resent } = output();
  const all = Array.from({ length: 0x1_0000 }, (_, sequence) => sequence);
  write(BIG, true, 0);
  for (let now = 20; now < 100; now += 20) tick(now);

  again(all);
  const soon = resent();
  for (let now = 100; now <= 1200; now += 20) tick(now);
  again(all);

  assert.equal(soon, Math.ceil(BIG.length / 1100));
  assert.equal(resent(), soon);
});

Deno.test("a camera that goes off shows black a few times, and then nothing", () => {
  const { show, tick, seen } = output();
  show(false, 0);
  assert.deepEqual(seen, [], "it was never on");

  show(KEY, 10);
  show(false, 20);
  for (let now = 20; now <= 60_000; now += 20) tick(now);

  assert.equal(seen.length, 5);
  assert.equal(new Set(seen.slice(1)).size, 1);
});

Deno.test("a stream of frames is sent as it is, and one that is too fast goes on with a key frame", () => {
  const { write, tick, seen, packets } = output();
  write(KEY, true, 0);
  write(BIG, false, 40);
  for (let now = 60; now < 200; now += 20) tick(now);
  assert.deepEqual(seen, [KEY.length, BIG.length]);

  for (let i = 0; i < 100; i++) write(BIG, false, 200);
  const sent = packets();
  for (let now = 220; now < 60_000; now += 20) tick(now);
  assert.ok(packets() - sent <= 2200, `${packets() - sent} packets wait`);
  write(KEY, true, 60_000);

  assert.equal(seen.at(-1), KEY.length);
});
