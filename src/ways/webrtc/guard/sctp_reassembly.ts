/**
 * Messages of SCTP, put together from their fragments and into their order (RFC 9260 §6.5 to §6.9).
 *
 * @module
 */
import { concat } from "../../../core/bytes.ts";
import { type DataChunk, isAfter } from "./sctp_packet.ts";

/** Fragments and messages that wait for others. */
export interface Reassembly {
  /** What all that waits costs, in bytes. */
  readonly held: number;
  /** What a fragment costs while it waits. */
  costOf(chunk: DataChunk): number;
  /** Takes a new fragment, and delivers what is complete and due. */
  take(chunk: DataChunk): void;
  /** Forgets unfinished messages that began at or before a TSN. */
  forget(tsn: number): void;
  /** Waits no longer for a stream's messages up to a sequence number. */
  skip(stream: number, sequence: number): void;
  /** Begins streams again with sequence number 0. */
  reset(streams: readonly number[]): void;
}

/** Fragments of one message that follow each other. */
interface Run {
  readonly chunks: DataChunk[];
  readonly bytes: number;
  /** Too long to be delivered: its bytes are not kept. */
  readonly dropped: boolean;
}

/** The ordered messages of a stream. */
interface Order {
  expected: number;
  readonly waiting: Map<number, Run>;
}

/** What a fragment costs beside its bytes. */
const OVERHEAD_BYTES = 256;

/**
 * Makes an empty reassembly.
 *
 * @param maxMessageBytes Longer messages are dropped, and count as delivered.
 */
export function createReassembly(
  deliver: (stream: number, protocol: number, message: Uint8Array) => void,
  maxMessageBytes: number,
): Reassembly {
  const byFirst = new Map<number, Run>();
  const byLast = new Map<number, Run>();
  const orders = new Map<number, Order>();
  let held = 0;

  const costOf = ({ payload }: DataChunk) => payload.length + OVERHEAD_BYTES;
  const firstOf = ({ chunks }: Run) => chunks[0]!;
  const lastOf = ({ chunks }: Run) => chunks[chunks.length - 1]!;
  const hold = (run: Run) => {
    byFirst.set(firstOf(run).tsn, run);
    byLast.set(lastOf(run).tsn, run);
  };
  const release = (run: Run) => {
    byFirst.delete(firstOf(run).tsn);
    byLast.delete(lastOf(run).tsn);
  };
  const pay = ({ chunks }: Run) => {
    for (const chunk of chunks) held -= costOf(chunk);
  };
  /** Two runs of the same message as one: the shorter one is moved. */
  const join = (left: Run, right: Run): Run => {
    release(left);
    release(right);
    const into = left.chunks.length < right.chunks.length ? right : left;
    if (into === left) into.chunks.push(...right.chunks);
    else into.chunks.unshift(...left.chunks);
    const bytes = left.bytes + right.bytes;
    return { chunks: into.chunks, bytes, dropped: left.dropped || right.dropped };
  };
  const emptied = (chunk: DataChunk): DataChunk => ({ ...chunk, payload: new Uint8Array() });
  /** Of a message that is too long, only its place is kept. */
  const limit = (run: Run): Run => {
    if (run.bytes <= maxMessageBytes && !run.dropped) return run;
    pay(run);
    const [first, last] = [firstOf(run), lastOf(run)];
    const chunks = first === last ? [emptied(first)] : [emptied(first), emptied(last)];
    for (const chunk of chunks) held += costOf(chunk);
    return { chunks, bytes: run.bytes, dropped: true };
  };
  const hand = (run: Run) => {
    pay(run);
    if (run.dropped) return;
    const { stream, protocol } = firstOf(run);
    deliver(stream, protocol, joined(run.chunks));
  };
  const orderOf = (stream: number) => {
    let order = orders.get(stream);
    if (!order) orders.set(stream, order = { expected: 0, waiting: new Map() });
    return order;
  };
  const deliverDue = (order: Order) => {
    for (let run = order.waiting.get(order.expected); run;) {
      order.waiting.delete(order.expected);
      order.expected = (order.expected + 1) & 0xffff;
      hand(run);
      run = order.waiting.get(order.expected);
    }
  };
  const finish = (run: Run) => {
    const { stream, sequence, unordered } = firstOf(run);
    if (unordered) return hand(run);
    const order = orderOf(stream);
    // A number that is over, or comes twice, is the client's mistake.
    if (isBefore(sequence, order.expected) || order.waiting.has(sequence)) return pay(run);
    order.waiting.set(sequence, run);
    deliverDue(order);
  };

  return {
    get held() {
      return held;
    },
    costOf,
    take(chunk) {
      held += costOf(chunk);
      const whole = chunk.first && chunk.last;
      const due = chunk.unordered ||
        chunk.sequence === (orders.get(chunk.stream)?.expected ?? 0);
      // A copy of what waits, since a view would keep the whole packet.
      const kept = whole && due ? chunk : { ...chunk, payload: chunk.payload.slice() };
      let run: Run = { chunks: [kept], bytes: chunk.payload.length, dropped: false };
      const left = chunk.first ? undefined : byLast.get((chunk.tsn - 1) >>> 0);
      if (left && belongTogether(lastOf(left), chunk)) run = join(left, run);
      const right = chunk.last ? undefined : byFirst.get((chunk.tsn + 1) >>> 0);
      if (right && belongTogether(chunk, firstOf(right))) run = join(run, right);
      run = limit(run);
      if (firstOf(run).first && lastOf(run).last) finish(run);
      else hold(run);
    },
    forget(tsn) {
      for (const [first, run] of byFirst) {
        if (isAfter(first, tsn)) continue;
        release(run);
        pay(run);
      }
    },
    skip(stream, sequence) {
      const order = orderOf(stream);
      if (isBefore(sequence, order.expected)) return;
      const due = [...order.waiting].filter(([number]) => !isBefore(sequence, number))
        .sort(([a], [b]) => isBefore(a, b) ? -1 : 1);
      order.expected = (sequence + 1) & 0xffff;
      for (const [number, run] of due) {
        order.waiting.delete(number);
        hand(run);
      }
      deliverDue(order);
    },
    reset(streams) {
      for (const stream of streams) {
        for (const run of orders.get(stream)?.waiting.values() ?? []) pay(run);
        orders.delete(stream);
      }
      for (const run of byFirst.values()) {
        if (!streams.includes(firstOf(run).stream)) continue;
        release(run);
        pay(run);
      }
    },
  };
}

/** Whether a fragment goes on with the message of the one before it. */
function belongTogether(before: DataChunk, after: DataChunk): boolean {
  return !before.last && !after.first && before.stream === after.stream &&
    before.unordered === after.unordered &&
    (before.unordered || before.sequence === after.sequence);
}

/** Whether a sequence number comes before another one, in 16 bits. */
function isBefore(sequence: number, other: number): boolean {
  return sequence !== other && ((other - sequence) & 0xffff) < 0x8000;
}

function joined(chunks: readonly DataChunk[]): Uint8Array {
  if (chunks.length === 1) return chunks[0]!.payload;
  return concat(...chunks.map(({ payload }) => payload));
}
