import assert from "node:assert/strict";
import fc from "fast-check";
import { createJitterBuffer, type JitterItem } from "../../src/audio/jitter_buffer.ts";

const HOLD_MS = 60;

interface Arrival {
  /** Place in the stream, from 0. */
  readonly index: number;
  readonly at: number;
}

interface Departure extends Arrival {
  readonly item: JitterItem<number>;
}

/** Runs packets through a buffer as a caller should: at each arrival and at each deadline. */
function run(firstSequence: number, arrivals: readonly Arrival[]) {
  const buffer = createJitterBuffer<number>({ holdMs: HOLD_MS });
  const departures: Departure[] = [];
  const take = (now: number) => {
    for (const item of buffer.take(now)) {
      const previous = departures.at(-1)?.index ?? 0;
      const step = ((item.sequence - firstSequence - previous) << 16) >> 16;
      departures.push({ index: previous + step, at: now, item });
    }
  };
  for (const { index, at } of arrivals.toSorted((a, b) => a.at - b.at)) {
    for (let due = buffer.nextDeadline(); due !== undefined && due <= at;) {
      take(due);
      due = buffer.nextDeadline();
    }
    buffer.push((firstSequence + index) & 0xffff, index * 960, index, at);
    take(at);
  }
  for (let due = buffer.nextDeadline(); due !== undefined; due = buffer.nextDeadline()) take(due);
  return { departures, statistics: buffer.statistics };
}

const firstSequence = fc.oneof(fc.constant(0), fc.constant(65_530), fc.nat(65_535));

/** One packet every 20 ms, each lost, late or doubled as it falls. */
function traffic(mostDelayMs: number): fc.Arbitrary<Arrival[]> {
  const fate = fc.record({
    lost: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    delays: fc.array(fc.integer({ min: 0, max: mostDelayMs }), { minLength: 1, maxLength: 2 }),
  });
  return fc.array(fate, { minLength: 1, maxLength: 200, size: "max" }).map((fates) =>
    fates.flatMap(({ lost, delays }, index) =>
      lost ? [] : delays.map((delay) => ({ index, at: index * 20 + delay }))
    )
  );
}

Deno.test("what comes out is in order, each packet once", () => {
  fc.assert(fc.property(firstSequence, traffic(500), (first, arrivals) => {
    const { departures } = run(first, arrivals);
    for (let i = 1; i < departures.length; i++) {
      assert.ok(departures[i]!.index > departures[i - 1]!.index);
    }
    for (const { index, item } of departures) {
      if (item.kind === "packet") {
        assert.equal(item.item, index);
        assert.equal(item.timestamp, index * 960);
      }
    }
  }));
});

Deno.test("no packet is lost that arrived within the hold time of its successors", () => {
  fc.assert(fc.property(firstSequence, traffic(HOLD_MS - 1), (first, arrivals) => {
    const { departures, statistics } = run(first, arrivals);
    const start = Math.min(...departures.map(({ index }) => index));
    const expected = new Set(arrivals.map(({ index }) => index).filter((index) => index >= start));
    const delivered = departures.filter(({ item }) => item.kind === "packet");
    assert.deepEqual(new Set(delivered.map(({ index }) => index)), expected);
    assert.equal(
      delivered.length + statistics.late + statistics.duplicates,
      arrivals.length,
    );
  }));
});

Deno.test("every gap of up to ten packets is reported packet by packet", () => {
  fc.assert(fc.property(firstSequence, traffic(100), (first, arrivals) => {
    const { departures, statistics } = run(first, arrivals);
    const lost = departures.filter(({ item }) => item.kind === "lost");
    const steps = departures.slice(1).map(({ index }, i) => index - departures[i]!.index);
    if (statistics.lost === lost.length) assert.ok(steps.every((step) => step === 1));
    else assert.ok(statistics.lost > lost.length);
  }));
});

Deno.test("a packet waits no longer than the hold time, and not at all when it is next", () => {
  fc.assert(fc.property(firstSequence, traffic(500), (first, arrivals) => {
    const { departures } = run(first, arrivals);
    const arrivedAt = new Map<number, number>();
    for (const { index, at } of arrivals) {
      arrivedAt.set(index, Math.min(at, arrivedAt.get(index) ?? Infinity));
    }
    departures.forEach(({ index, at, item }, i) => {
      if (item.kind === "lost") return;
      const waited = at - arrivedAt.get(index)!;
      assert.ok(waited <= HOLD_MS, `waited ${waited} ms`);
      const previous = departures[i - 1];
      const ready = previous?.index === index - 1 && previous.at <= arrivedAt.get(index)!;
      if (ready) assert.equal(waited, 0);
    });
  }));
});

Deno.test("a lost packet comes with its successor, whose FEC can rebuild it", () => {
  const buffer = createJitterBuffer<string>({ holdMs: HOLD_MS });
  buffer.push(65_534, 0, "a", 0);
  buffer.push(1, 2880, "d", 60);

  const early = buffer.take(119);
  const late = buffer.take(120);

  assert.deepEqual(early, [{ kind: "packet", sequence: 65_534, timestamp: 0, item: "a" }]);
  assert.deepEqual(late, [
    { kind: "lost", sequence: 65_535 },
    { kind: "lost", sequence: 0, next: "d" },
    { kind: "packet", sequence: 1, timestamp: 2880, item: "d" },
  ]);
  assert.equal(buffer.nextDeadline(), undefined);
});

Deno.test("of a long gap only the last 200 ms are reported", () => {
  const buffer = createJitterBuffer<string>({ holdMs: HOLD_MS });
  buffer.push(0, 0, "a", 0);
  buffer.push(500, 480_000, "b", 10_000);

  const items = buffer.take(10_060);

  assert.equal(items.filter(({ kind }) => kind === "lost").length, 10);
  assert.equal(items.at(-2)?.sequence, 499);
  assert.equal(buffer.statistics.lost, 499);
});

Deno.test("a large jump restarts the order", () => {
  const buffer = createJitterBuffer<string>({ holdMs: HOLD_MS });
  buffer.push(5000, 0, "a", 0);
  buffer.push(5002, 1920, "c", 40);
  buffer.take(40);

  buffer.push(20, 0, "new", 50);
  const items = buffer.take(50);

  assert.deepEqual(items, [{ kind: "packet", sequence: 20, timestamp: 0, item: "new" }]);
  assert.equal(buffer.statistics.resets, 1);
});

Deno.test("a flood behind a gap is let through before the hold time, in order", () => {
  const buffer = createJitterBuffer<number>({ holdMs: 1e9 });
  buffer.push(0, 0, 0, 0);
  buffer.take(0);
  const sequences: number[] = [];
  for (let sequence = 2; sequence < 500; sequence += 2) {
    buffer.push(sequence, 0, sequence, 1);
    sequences.push(...buffer.take(1).map((item) => item.sequence));
  }
  assert.deepEqual(sequences, sequences.toSorted((a, b) => a - b));
  assert.ok(sequences.length > 350, `${sequences.length} came out`);
});

Deno.test("memory is bounded even when nothing is taken", () => {
  const buffer = createJitterBuffer<WeakKey>();
  let sequence = 0;
  for (let i = 0; i < 100_000; i++) {
    sequence = (sequence + 1 + i % 3) & 0xffff;
    buffer.push(sequence, 0, {}, i);
  }
  const held = buffer.take(Infinity).filter(({ kind }) => kind === "packet").length;
  assert.ok(held <= 1001, `${held} were held`);
});

Deno.test("a copy takes the place of a missing packet, and of nothing else", () => {
  const buffer = createJitterBuffer<string>({ holdMs: HOLD_MS });
  const items = () => buffer.take(0).map((entry) => entry.kind === "packet" ? entry.item : "lost");
  buffer.fill(9, 0, "before the stream", 0);
  buffer.push(10, 0, "a", 0);
  const first = items();
  buffer.fill(10, 0, "copy of a", 0);
  buffer.fill(11, 0, "copy of b", 0);
  buffer.push(12, 0, "c", 0);
  const second = items();
  buffer.push(11, 0, "b, late", 0);

  assert.deepEqual([first, second, items()], [["a"], ["copy of b", "c"], []]);
});
