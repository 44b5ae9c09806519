import assert from "node:assert/strict";
import fc from "fast-check";
import { createStreamFollower, type StreamPacket } from "../../src/audio/rtp_stream.ts";

/** What a follower delivers of packets that come 20 ms apart. */
function follow(packets: readonly StreamPacket[], everyMs = 20) {
  const delivered: (StreamPacket & { readonly stream: number })[] = [];
  const follower = createStreamFollower<StreamPacket>((packet, stream) =>
    delivered.push({ ...packet, stream })
  );
  packets.forEach((packet, i) => follower.push(packet, i * everyMs));
  return delivered;
}

const run = (from: number, count: number, source = 1): StreamPacket[] =>
  Array.from({ length: count }, (_, i) => ({ source, sequence: (from + i) & 0xffff }));
const streams = (packets: ReturnType<typeof follow>) => new Set(packets.map((p) => p.stream)).size;

Deno.test("a stream goes on over the turn of its number, over losses and out of order", () => {
  const packets = [...run(65_500, 60), ...run(500, 60)];
  [packets[3], packets[9]] = [packets[9]!, packets[3]!];

  const delivered = follow(packets);

  assert.equal(delivered.length, 120);
  assert.equal(streams(delivered), 1);
});

for (const back of [1, 30, 99, 100, 300, 900, 5000, 40_000]) {
  Deno.test(`a sender that goes back by ${back} is heard again within 200 ms`, () => {
    const delivered = follow([...run(50_000, 1000), ...run(51_000 - back, 50)]);

    const again = delivered.filter(({ stream }) => stream === delivered.at(-1)!.stream);
    // What goes back by less than what was late of it needs no new beginning.
    if (back > 10) assert.ok(again.length >= 40, `${again.length} of 50`);
    assert.equal(delivered.at(-1)!.sequence, (51_000 - back + 49) & 0xffff);
  });
}

for (const ahead of [3000, 10_000, 30_000]) {
  Deno.test(`a jump ahead by ${ahead} is a new beginning, of which nothing is lost`, () => {
    const delivered = follow([...run(0, 10), ...run(9 + ahead, 10)]);

    assert.equal(delivered.length, 20);
    assert.equal(streams(delivered), 2);
  });
}

Deno.test("a single packet from far away is no part of the stream", () => {
  const delivered = follow([...run(0, 10), ...run(30_000, 1), ...run(10, 10)]);

  assert.deepEqual(delivered.map(({ sequence }) => sequence), run(0, 20).map((p) => p.sequence));
  assert.equal(streams(delivered), 1);
});

Deno.test("late packets in disorder are no new beginning", () => {
  const late = [95, 90, 97, 92, 99, 94, 91, 96, 93, 98, 88, 89].flatMap((n) => run(n, 1));

  assert.equal(streams(follow([...run(0, 90), ...run(100, 1), ...late, ...run(101, 5)])), 1);
});

Deno.test("another source takes over, and nothing that it says is lost", () => {
  const delivered = follow([...run(100, 50), ...run(7000, 50, 2)]);

  assert.equal(delivered.length, 100);
  assert.equal(streams(delivered), 2);
});

Deno.test("a source takes over at once from one that has fallen silent", () => {
  const delivered: StreamPacket[] = [];
  const follower = createStreamFollower<StreamPacket>((packet) => delivered.push(packet));
  follower.push({ source: 1, sequence: 5 }, 0);

  follower.push({ source: 2, sequence: 9 }, 500);

  assert.equal(delivered.length, 2);
});

Deno.test("of two sources that send side by side one is heard", () => {
  const packets = run(0, 200).flatMap((packet, i) => [packet, { source: 2, sequence: 900 + i }]);

  const delivered = follow(packets, 10);

  assert.deepEqual(new Set(delivered.map(({ source }) => source)), new Set([1]));
  assert.equal(delivered.length, 200);
});

Deno.test("a source that comes back is followed back", () => {
  const there = run(0, 20, 1);
  const delivered = follow([...there, ...run(500, 20, 2), ...run(20, 20, 1), ...run(520, 20, 2)]);

  assert.equal(delivered.length, 80);
  assert.equal(streams(delivered), 4);
});

Deno.test("whatever comes, each packet is delivered at most once", () => {
  const packet = fc.record({
    source: fc.integer({ min: 1, max: 3 }),
    sequence: fc.integer({ min: 0, max: 65_535 }),
  });
  fc.assert(fc.property(fc.array(packet, { maxLength: 200 }), (packets) => {
    const own = packets.map((each) => ({ ...each }));
    const seen = new Set<StreamPacket>();
    const follower = createStreamFollower<StreamPacket>((each) => {
      assert.ok(!seen.has(each));
      seen.add(each);
    });
    own.forEach((each, i) => follower.push(each, i));
  }));
});
