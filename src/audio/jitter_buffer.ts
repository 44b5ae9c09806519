/**
 * Puts RTP packets back in order.
 *
 * Packets that arrive in order leave at once. A gap is held open for a while, then counts as lost.
 *
 * @module
 */

import { type AudioFaults, noAudioFaults } from "../core/audio_faults.ts";

/** What comes out of a jitter buffer: a packet, or the news of a loss. */
export type JitterItem<T> =
  | {
    readonly kind: "packet";
    readonly sequence: number;
    /** The RTP timestamp as it was pushed. */
    readonly timestamp: number;
    readonly item: T;
  }
  | {
    readonly kind: "lost";
    readonly sequence: number;
    /** The packet right after the lost one, if present: its FEC can rebuild the loss. */
    readonly next?: T;
  };

/** How a jitter buffer waits. */
export interface JitterBufferOptions {
  /**
   * How long to wait for a missing packet, in ms; a function returns the current value. Default:
   * 60.
   */
  readonly holdMs?: number | (() => number);
  /** Where lost and late packets are counted for all streams of a kind. Default: nowhere. */
  readonly faults?: AudioFaults;
}

/** What a jitter buffer has dropped so far, in packets. */
export interface JitterStatistics {
  /** Arrived a second time while the first was still waiting. */
  readonly duplicates: number;
  /** Arrived after they were delivered or given up. */
  readonly late: number;
  /** Given up; a long gap is not completely reported as items. */
  readonly lost: number;
  /** Jumps of the sequence number that restarted the order. */
  readonly resets: number;
}

/** A reorder buffer for one RTP stream. */
export interface JitterBuffer<T> {
  /** Counts that keep changing. */
  readonly statistics: JitterStatistics;
  /**
   * Accepts a packet.
   *
   * @param sequence RTP sequence number, 16 bits.
   * @param timestamp RTP timestamp, passed through.
   * @param now Time of arrival in ms.
   */
  push(sequence: number, timestamp: number, item: T, now: number): void;
  /**
   * Accepts a copy of a packet that came with a later one; it matters only if that packet is
   * missing.
   */
  fill(sequence: number, timestamp: number, item: T, now: number): void;
  /**
   * Returns what may leave by `now`, in order. Call it after each `push` and at `nextDeadline()`.
   */
  take(now: number): JitterItem<T>[];
  /** When the gap at the front is given up, in ms; undefined while no packet waits. */
  nextDeadline(): number | undefined;
}

const HOLD_MS = 60;
/** If more packets than this are waiting, a gap is given up early. */
const MOST_WAITING = 50;
/** A larger jump of the sequence number is a new beginning, not a loss. */
const LARGEST_JUMP = 1000;
/** The most losses reported for one gap, the latest ones: 200 ms at 20 ms per packet. */
const MOST_LOST_ITEMS = 10;

/** Makes an empty jitter buffer. */
export function createJitterBuffer<T>(options: JitterBufferOptions = {}): JitterBuffer<T> {
  const { holdMs = HOLD_MS, faults = noAudioFaults() } = options;
  const hold = () => typeof holdMs === "number" ? holdMs : holdMs();
  // By unwrapped sequence number, in order of arrival: the first entry has waited longest.
  const waiting = new Map<number, { item: T; timestamp: number; arrivedAt: number }>();
  const statistics = { duplicates: 0, late: 0, lost: 0, resets: 0 };
  /** Unwrapped sequence number of the next packet to leave. */
  let expected: number | undefined;

  const nextDeadline = (): number | undefined => {
    for (const { arrivedAt } of waiting.values()) return arrivedAt + hold();
  };

  return {
    statistics,
    nextDeadline,

    push(sequence, timestamp, item, now) {
      expected ??= sequence;
      const jump = ((sequence - expected) << 16) >> 16;
      if (Math.abs(jump) > LARGEST_JUMP) {
        statistics.resets++;
        waiting.clear();
        expected = sequence;
        waiting.set(sequence, { item, timestamp, arrivedAt: now });
        return;
      }
      if (jump < 0) {
        statistics.late++;
        faults.late++;
      } else if (waiting.has(expected + jump)) statistics.duplicates++;
      else waiting.set(expected + jump, { item, timestamp, arrivedAt: now });
    },

    fill(sequence, timestamp, item, now) {
      if (expected === undefined) return;
      const jump = ((sequence - expected) << 16) >> 16;
      if (jump < 0 || jump > MOST_WAITING || waiting.has(expected + jump)) return;
      waiting.set(expected + jump, { item, timestamp, arrivedAt: now });
    },

    take(now) {
      const items: JitterItem<T>[] = [];
      while (expected !== undefined && waiting.size > 0) {
        const packet = waiting.get(expected);
        if (packet !== undefined) {
          const { item, timestamp } = packet;
          waiting.delete(expected);
          items.push({ kind: "packet", sequence: expected & 0xffff, timestamp, item });
          expected++;
          continue;
        }
        if (waiting.size <= MOST_WAITING && now < (nextDeadline() ?? Infinity)) break;
        const end = Math.min(...waiting.keys());
        statistics.lost += end - expected;
        faults.lost += end - expected;
        expected = Math.max(expected, end - MOST_LOST_ITEMS);
        for (; expected < end; expected++) {
          const next = waiting.get(expected + 1);
          const sequence = expected & 0xffff;
          items.push({ kind: "lost", sequence, ...(next && { next: next.item }) });
        }
      }
      return items;
    },
  };
}
