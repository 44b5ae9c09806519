import assert from "node:assert/strict";
import fc from "fast-check";
import {
  createInbound,
  type Inbound,
  MAX_MESSAGE_BYTES,
  WINDOW_BYTES,
} from "../../../src/ways/webrtc/guard/sctp_inbound.ts";
import { CHUNK, type DataChunk, readSack } from "../../../src/ways/webrtc/guard/sctp_packet.ts";

interface Message {
  readonly stream: number;
  readonly unordered: boolean;
  readonly fragments: number;
}

/** What a client sends for messages, with TSNs from a number on. */
function fragmentsOf(messages: readonly Message[], initialTsn: number): DataChunk[] {
  const sequences = new Map<number, number>();
  let tsn = initialTsn;
  return messages.flatMap(({ stream, unordered, fragments }, number) => {
    const sequence = unordered ? 0 : sequences.get(stream) ?? 0;
    if (!unordered) sequences.set(stream, sequence + 1);
    return Array.from({ length: fragments }, (_, i): DataChunk => {
      const payload = Uint8Array.of(number, i);
      const [first, last] = [i === 0, i === fragments - 1];
      const chunk = { tsn, stream, sequence, protocol: 51, unordered, first, last, payload };
      tsn = (tsn + 1) >>> 0;
      return { ...chunk, immediate: false };
    });
  });
}

function fragment(tsn: number, more: Partial<DataChunk> = {}): DataChunk {
  const whole = { first: true, last: true, unordered: true, immediate: false };
  const payload = Uint8Array.of(1);
  return { tsn, stream: 0, sequence: 0, protocol: 51, ...whole, payload, ...more };
}

function acknowledged(inbound: Inbound) {
  const value = inbound.acknowledge();
  return readSack({ type: CHUNK.sack, flags: 0, value, bytes: value })!;
}

/** An association that collects its messages. */
function collecting(initialTsn = 1) {
  const delivered: { stream: number; message: Uint8Array }[] = [];
  let overflows = 0;
  const inbound = createInbound(
    initialTsn,
    (stream, _protocol, message) => void delivered.push({ stream, message: message.slice() }),
    () => overflows++,
  );
  return { inbound, delivered, overflows: () => overflows };
}

Deno.test("every message arrives once and in the order of its stream, whatever the network does", () => {
  const message = fc.record({
    stream: fc.nat(3),
    unordered: fc.boolean(),
    fragments: fc.integer({ min: 1, max: 6 }),
  });
  const run = fc.record({
    messages: fc.array(message, { minLength: 1, maxLength: 12 }),
    initialTsn: fc.constantFrom(0, 7, 0xfffffffe, 0xffffffff, 0x7fffffff),
    order: fc.array(fc.nat(), { minLength: 150, maxLength: 150 }),
  });
  fc.assert(fc.property(run, ({ messages, initialTsn, order }) => {
    const { inbound, delivered } = collecting(initialTsn);
    const sent = fragmentsOf(messages, initialTsn);

    // Any order with doubles, and then the rest.
    for (const at of order) inbound.take(sent[at % sent.length]!);
    for (const chunk of sent) inbound.take(chunk);

    assert.equal(inbound.cumulativeTsn, (initialTsn + sent.length - 1) >>> 0);
    const expected = messages.map(({ fragments }, number) =>
      Array.from({ length: fragments }, (_, i) => [number, i]).flat()
    );
    const came = delivered.map(({ message }) => [...message]);
    assert.deepEqual(came.toSorted((a, b) => a[0]! - b[0]!), expected);
    for (const stream of [0, 1, 2, 3]) {
      const ordered = came.map(([number]) => number!)
        .filter((n) => messages[n]!.stream === stream && !messages[n]!.unordered);
      assert.deepEqual(ordered, ordered.toSorted((a, b) => a - b));
    }
    const sack = acknowledged(inbound);
    assert.deepEqual([sack.gaps, sack.window], [[], WINDOW_BYTES]);
  }));
});

Deno.test("what is missing is told, and what came twice", () => {
  const { inbound } = collecting(0xfffffffe);

  for (const tsn of [0xfffffffe, 0, 1, 4, 4, 0xfffffffe]) inbound.take(fragment(tsn));

  const { cumulativeTsn, gaps, duplicates } = acknowledged(inbound);
  assert.equal(cumulativeTsn, 0xfffffffe);
  assert.deepEqual(gaps, [[2, 3], [6, 6]]);
  assert.deepEqual(duplicates, [4, 0xfffffffe]);
  assert.deepEqual(acknowledged(inbound).duplicates, []);
});

Deno.test("gaps without end cost neither memory nor time", () => {
  const { inbound, delivered } = collecting();
  const start = performance.now();

  // 0.9 MB of the smallest packets, each of which leaves a gap.
  for (let i = 0; i < 56_000; i++) {
    inbound.take(fragment(3 + 2 * i, { unordered: false, sequence: i + 1 }));
    inbound.acknowledge();
  }

  assert.ok(performance.now() - start < 1000);
  assert.equal(acknowledged(inbound).gaps.length, 250);
  assert.ok(acknowledged(inbound).window >= WINDOW_BYTES - 250 * 300);
  assert.deepEqual(delivered, []);
});

Deno.test("a message that is too long is left out, and the next one arrives", () => {
  const { inbound, delivered, overflows } = collecting();
  const payload = new Uint8Array(1000);
  const count = 2 + MAX_MESSAGE_BYTES / 1000 | 0;

  for (let i = 0; i < 20 * count; i++) {
    inbound.take(fragment(1 + i, { first: i === 0, last: false, unordered: false, payload }));
  }
  assert.ok(acknowledged(inbound).window > WINDOW_BYTES - 1000);
  inbound.take(fragment(1 + 20 * count, { first: false, unordered: false, payload }));
  inbound.take(fragment(2 + 20 * count, { unordered: false, sequence: 1 }));

  assert.equal(overflows(), 0);
  assert.deepEqual(delivered.map(({ message }) => message.length), [1]);
  assert.equal(acknowledged(inbound).window, WINDOW_BYTES);
});

Deno.test("the longest message arrives, from its last fragment to its first", () => {
  const { inbound, delivered } = collecting();
  const payload = new Uint8Array(1024);
  const count = MAX_MESSAGE_BYTES / 1024;

  for (let i = count - 1; i >= 0; i--) {
    inbound.take(fragment(1 + i, { first: i === 0, last: i === count - 1, payload }));
  }

  assert.deepEqual(delivered.map(({ message }) => message.length), [MAX_MESSAGE_BYTES]);
});

Deno.test("messages that wait for one that is never sent end the association once", () => {
  const { inbound, delivered, overflows } = collecting();
  const payload = new Uint8Array(1000);

  for (let i = 0; i < 10_000; i++) {
    inbound.take(fragment(1 + i, { unordered: false, sequence: 1 + i, payload }));
  }

  assert.equal(overflows(), 1);
  assert.equal(delivered.length, 0);
});

Deno.test("fragments that never begin or end a message have an end too", () => {
  const { inbound, overflows } = collecting();

  for (let i = 0; i < 20_000; i++) {
    inbound.take(fragment(1 + i, { first: true, last: false, stream: i % 1000 }));
  }

  assert.equal(overflows(), 1);
});

Deno.test("what a client gives up is waited for no longer", () => {
  const { inbound, delivered } = collecting();
  const ordered = (tsn: number, sequence: number, more: Partial<DataChunk> = {}) =>
    fragment(tsn, { unordered: false, sequence, payload: Uint8Array.of(sequence), ...more });

  inbound.take(ordered(2, 0, { first: false })); // whose beginning is lost
  inbound.take(ordered(4, 2));
  inbound.take(ordered(6, 4));
  inbound.forward({ cumulativeTsn: 3, skipped: [[0, 1], [5000, 1]] });
  assert.equal(inbound.cumulativeTsn, 4);
  inbound.forward({ cumulativeTsn: 2, skipped: [[0, 9]] }); // late
  inbound.take(ordered(5, 3));

  assert.deepEqual(delivered.map(({ message }) => message[0]), [2, 3, 4]);
  assert.equal(acknowledged(inbound).window, WINDOW_BYTES);
});

Deno.test("a stream that begins again counts from 0", () => {
  const { inbound, delivered } = collecting();
  const ordered = (tsn: number, sequence: number) => fragment(tsn, { unordered: false, sequence });

  inbound.take(ordered(1, 0));
  inbound.take(ordered(2, 5));
  inbound.reset([0]);
  inbound.take(ordered(3, 0));

  assert.equal(delivered.length, 2);
  assert.equal(acknowledged(inbound).window, WINDOW_BYTES);
});

Deno.test("a stream beyond those that were agreed is acknowledged and left alone", () => {
  const { inbound, delivered } = collecting();

  inbound.take(fragment(1, { stream: 1024 }));

  assert.deepEqual([delivered, inbound.cumulativeTsn], [[], 1]);
});
