/**
 * What of a client's video is asked for, opened and handed on.
 */
import assert from "node:assert/strict";
import type { Frame } from "../../../src/core/frame.ts";
import type { RtpPacket } from "../../../src/ways/webrtc/guard/rtp_packet.ts";
import type { VideoLine } from "../../../src/ways/webrtc/sdp/video_lines.ts";
import { writeVp8Payloads } from "../../../src/video/vp8.ts";
import { readWebp } from "../../../src/video/webp.ts";
import { createVideoInput, type InputWish } from "../../../src/ways/webrtc/video/input.ts";
import { STRIPES } from "../../video/pictures.ts";

const LINE: VideoLine = {
  source: "camera",
  receives: true,
  shows: true,
  codec: "vp8",
  payloadType: 96,
  feedback: [],
  ssrcs: [],
  mid: "1",
  midExtension: undefined,
  ridExtension: undefined,
};
const ON_REQUEST: InputWish = { onRequest: true, encoded: false };
const { frame: KEY } = readWebp(STRIPES);
const DELTA = Uint8Array.of(KEY[0]! | 1, 1, 2, 3);

/** A camera that sends packets of 30 frames a second. */
function camera(wish: InputWish = ON_REQUEST, line: VideoLine = LINE) {
  const asked: string[] = [];
  const frames: Frame[] = [];
  const input = createVideoInput(
    "camera",
    {
      keyFrame: (source) => asked.push(`key ${source}`),
      again: (_source, missing) => asked.push(`again ${missing}`),
    },
    (frame) => frames.push(frame),
    0,
  );
  input.want(wish);
  input.follow(line, true);
  let sequence = 65_533;
  let pictures = 0;
  const packets = (frame: Uint8Array, source = 7): RtpPacket[] => {
    pictures++;
    const payloads = writeVp8Payloads(frame, pictures);
    return payloads.map((payload, i) => ({
      marker: i === payloads.length - 1,
      payloadType: 96,
      sequence: sequence++ & 0xffff,
      timestamp: pictures * 3000,
      source,
      payload,
    }));
  };
  let opened = 0;
  const arrive = (now: number, ...arriving: RtpPacket[]) => {
    for (const packet of arriving) {
      if (input.source === packet.source && !input.admits(packet.sequence, now)) continue;
      opened++;
      input.receive(packet, now);
    }
  };
  return { input, asked, frames, packets, arrive, opened: () => opened };
}

Deno.test("nothing is asked for and nothing opened until the bot wants a picture", async () => {
  const { input, asked, packets, arrive, opened, frames } = camera();
  arrive(0, ...packets(KEY));
  for (let now = 20; now < 2000; now += 20) {
    arrive(now, ...packets(DELTA));
    input.tick(now);
  }
  assert.deepEqual([asked, opened()], [[], 1]);

  const snapshot = input.snapshot(3000, 2000);
  assert.deepEqual(asked, ["key 7"]);
  arrive(2010, ...packets(DELTA));
  arrive(2040, ...packets(KEY));

  const { data, width, height, source, timestamp } = await snapshot;
  assert.deepEqual([width, height, source, timestamp], [64, 48, "camera", 2040]);
  assert.deepEqual(data, STRIPES);
  assert.deepEqual(frames, [], "a snapshot is for who asked for it");
});

Deno.test("a key frame that had begun before is no picture from now", async () => {
  const { input, packets, arrive } = camera();
  const big = new Uint8Array(3000).fill(1);
  big.set(KEY);
  const [first, ...rest] = packets(big);
  const one = input.snapshot(3000, 0);
  arrive(5, first!);

  const two = input.snapshot(3000, 10);
  arrive(20, ...rest);
  assert.equal((await one).timestamp, 20);
  arrive(40, ...packets(KEY));

  assert.equal((await two).timestamp, 40);
});

Deno.test("at most one key frame is asked for in 500 ms, however often pictures are", async () => {
  const { input, asked, packets, arrive } = camera();
  arrive(0, ...packets(DELTA));
  const snapshots = [0, 100, 200].map((now) => input.snapshot(1200, now));
  for (const snapshot of snapshots) snapshot.catch(() => {});

  for (let now = 20; now <= 1400; now += 20) {
    arrive(now, ...packets(DELTA));
    input.tick(now);
  }

  assert.equal(asked.length, 3);
  for (const snapshot of snapshots) await assert.rejects(snapshot, { code: "no_picture" });
});

Deno.test("a packet of a key frame that is missing is asked for again", async () => {
  const { input, asked, packets, arrive } = camera();
  const big = new Uint8Array(3000).fill(1);
  big.set(KEY);
  arrive(0, ...packets(DELTA));
  const snapshot = input.snapshot(1000, 0);
  const [first, second, third] = packets(big);

  arrive(10, first!, third!);
  input.tick(40);
  arrive(60, second!);

  assert.deepEqual(asked, ["key 7", `again ${second!.sequence}`]);
  assert.equal((await snapshot).timestamp, 60);
});

Deno.test("pictures come at their pace, and of a silent camera none is asked for", () => {
  const { input, asked, packets, arrive, frames } = camera({ ...ON_REQUEST, everyMs: 1000 });
  let answered = 0;
  for (let now = 0; now < 5000; now += 20) {
    // The camera sends a key frame 40 ms after it was asked to.
    const isKey = now === 0 || asked.length > answered;
    if (isKey) answered = asked.length;
    arrive(now, ...packets(isKey ? KEY : DELTA));
    input.tick(now);
  }
  const times = frames.map((frame) => frame.type === "image" ? frame.timestamp : undefined);
  assert.deepEqual(times.map((time = 0) => Math.round(time / 1000)), [0, 1, 2, 3, 4]);

  const before = asked.length;
  for (let now = 5000; now < 60_000; now += 20) input.tick(now);
  assert.ok(asked.length - before <= 5, `${asked.length - before} for nothing`);
});

Deno.test("all of the video is handed on in order, and a loss that stays needs a key frame", () => {
  const { input, asked, packets, arrive, frames } = camera({ onRequest: true, encoded: true });
  const [one, two, three, four] = [KEY, DELTA, DELTA, DELTA].map((frame) => packets(frame));
  arrive(0, ...one!, ...three!, ...two!);
  const before = frames.length;
  packets(DELTA);
  arrive(40, ...four!, ...packets(DELTA));
  for (let now = 60; now <= 500; now += 20) input.tick(now);
  arrive(520, ...packets(DELTA), ...packets(KEY), ...packets(DELTA));

  assert.equal(before, 3);
  assert.ok(asked.some((each) => each.startsWith("again")));
  assert.equal(asked.filter((each) => each === "key 7").length, 2, "at first, and after the loss");
  const keys = frames.map((frame) => frame.type === "video" && frame.key);
  assert.deepEqual(keys, [true, false, false, false, true, false]);
});

Deno.test("the turns of the sequence number are followed while nothing is wanted", () => {
  const { packets, arrive, opened } = camera();
  for (let i = 0; i < 100_000; i++) arrive(i, ...packets(DELTA));

  assert.ok(opened() >= 12 && opened() <= 13, `${opened()}`);
});

for (
  const [name, prepare, reason] of [
    ["the bot has not asked for it", { wish: { onRequest: false, encoded: false } }, /videoIn/],
    ["the client offers none", { line: { ...LINE, receives: false } }, /offers no such video/],
    ["the client sends H.264", { line: { ...LINE, codec: "h264" } }, /H264 and no VP8/],
  ] as const
) {
  Deno.test(`a snapshot is refused with the reason: ${name}`, async () => {
    const options: { wish?: InputWish; line?: VideoLine } = prepare;
    const { input } = camera(options.wish, options.line);

    await assert.rejects(input.snapshot(1000, 0), { code: "no_picture", message: reason });
  });
}

Deno.test("who waits for a picture is told when the camera goes off, and when the call ends", async () => {
  const { input } = camera();
  const off = input.snapshot(1000, 0);
  input.turn(false);
  await assert.rejects(off, { code: "no_picture", message: /turned off/ });
  await assert.rejects(input.snapshot(1000, 0), { code: "no_picture", message: /is off/ });

  input.turn(true);
  const over = input.snapshot(1000, 0);
  input.close();
  await assert.rejects(over, { code: "no_picture", message: /over/ });
});
