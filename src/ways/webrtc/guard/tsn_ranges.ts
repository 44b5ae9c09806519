/**
 * Which TSNs have arrived ahead of one that is missing.
 *
 * @module
 */
import { isAfter } from "./sctp_packet.ts";

/** TSNs that follow each other, both ends included. */
export interface TsnRange {
  first: number;
  last: number;
}

/** A bounded set of TSNs, all of which come after the last one before which nothing is missing. */
export interface TsnRanges {
  /** In order and apart. */
  readonly ranges: readonly Readonly<TsnRange>[];
  has(tsn: number): boolean;
  /** Adds a new TSN; returns false if there are too many gaps already. */
  add(tsn: number): boolean;
  /** Drops all up to a TSN and what follows it without a gap; returns the last one of those. */
  leave(tsn: number): number;
}

/** Makes an empty set with at most this many gaps. */
export function createTsnRanges(maxRanges: number): TsnRanges {
  let ranges: TsnRange[] = [];

  /** How many ranges begin at or before a TSN. */
  const countUpTo = (tsn: number) => {
    let [low, high] = [0, ranges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isAfter(ranges[middle]!.first, tsn)) high = middle;
      else low = middle + 1;
    }
    return low;
  };

  return {
    get ranges() {
      return ranges;
    },
    has(tsn) {
      const range = ranges[countUpTo(tsn) - 1];
      return range !== undefined && !isAfter(tsn, range.last);
    },
    add(tsn) {
      const at = countUpTo(tsn);
      const [before, after] = [ranges[at - 1], ranges[at]];
      const follows = before?.last === (tsn - 1) >>> 0;
      const precedes = after?.first === (tsn + 1) >>> 0;
      if (before && follows) {
        before.last = tsn;
        if (after && precedes) {
          before.last = after.last;
          ranges.splice(at, 1);
        }
      } else if (after && precedes) after.first = tsn;
      else if (ranges.length === maxRanges) return false;
      else ranges.splice(at, 0, { first: tsn, last: tsn });
      return true;
    },
    leave(tsn) {
      let gone = 0;
      let last = tsn;
      for (const range of ranges) {
        if (isAfter(range.first, (last + 1) >>> 0)) break;
        if (isAfter(range.last, last)) last = range.last;
        gone++;
      }
      if (gone > 0) ranges = ranges.slice(gone);
      return last;
    },
  };
}
