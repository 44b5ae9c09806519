/**
 * How well the audio of a call goes both ways, summed up from the reports about it.
 *
 * @module
 */
import { mosOf } from "../../audio/e_model.ts";
import type { CallStats, StreamStats } from "../../core/call_stats.ts";

/** What became of one stream since the report before. */
export interface Interval {
  /** Packets that should have come. */
  readonly expected: number;
  /** How many of them have not; negative if some earlier ones have come late. */
  readonly lost: number;
  readonly jitterMs: number;
}

/** Sums up. */
export interface Quality {
  /** Notes a round trip, in ms. */
  roundTrip(ms: number): void;
  /** Notes how the user's audio came here. */
  heard(interval: Interval): void;
  /** Notes how the bot's audio came to the user. */
  played(interval: Interval): void;
  /** The sums so far. */
  stats(): CallStats;
}

/** A packet has so much audio, which is waited for before it is sent, in ms. */
const PACKET_MS = 20;

/** Begins to sum up. */
export function createQuality(): Quality {
  const trips = { count: 0, ms: 0 };
  const user = createTally();
  const bot = createTally();
  return {
    roundTrip(ms) {
      trips.count++;
      trips.ms += ms;
    },
    heard: user.note,
    played: bot.note,
    stats() {
      const roundTripMs = trips.count > 0 ? trips.ms / trips.count : undefined;
      return { roundTripMs, user: user.stats(roundTripMs), bot: bot.stats(roundTripMs) };
    },
  };
}

/** Sums up one stream. */
function createTally() {
  let expected = 0;
  let lost = 0;
  let jitterMs = 0;
  return {
    note(interval: Interval): void {
      if (interval.expected <= 0) return;
      expected += interval.expected;
      lost += interval.lost;
      jitterMs += interval.jitterMs * interval.expected;
    },
    stats(roundTripMs = 0): StreamStats | undefined {
      if (expected === 0) return undefined;
      const lossRatio = Math.min(1, Math.max(0, lost / expected));
      const jitter = jitterMs / expected;
      // Who receives holds audio back for about twice the jitter, to have it without gaps.
      const delayMs = roundTripMs / 2 + 2 * jitter + PACKET_MS;
      return { lossRatio, jitterMs: jitter, mos: mosOf({ delayMs, lossRatio }) };
    },
  };
}
