/**
 * Remembers which packets of a stream have arrived, so that none is taken twice (RFC 3711 section
 * 3.3.2).
 *
 * @module
 */

/** The packets of one stream that lie less than a window behind the latest one. */
export interface ReplayWindow {
  /** The highest index that was accepted; -1 before the first. */
  readonly highest: number;
  /**
   * Whether a packet may be new.
   *
   * @param mark 32 bits of its authentication tag.
   */
  admits(index: number, mark: number): boolean;
  /** Notes a packet that was admitted and that is authentic. */
  accept(index: number, mark: number): void;
}

/** How a window remembers. */
export interface ReplayWindowOptions {
  /** How many indices it reaches back. */
  readonly size: number;
  /**
   * How many different packets may come under one index. More than 1 is for a sender that has
   * restarted and counts again what it has counted before: its packets are authentic and not the
   * same, which those that somebody has recorded and sends again are. Default: 1.
   */
  readonly versions?: number;
  /** Nothing up to this index is admitted. Default: -1. */
  readonly after?: number;
}

/** Makes a window. */
export function createReplayWindow(options: ReplayWindowOptions): ReplayWindow {
  const { size, versions = 1, after = -1 } = options;
  // Marks by index and version; 0 where there is none.
  const seen = new Uint32Array(size * versions);
  const slot = (index: number) => (index % size) * versions;
  const known = (mark: number) => mark >>> 0 || 1;
  let highest = after;

  return {
    get highest() {
      return highest;
    },
    admits(index, mark) {
      if (index > highest) return true;
      if (index <= after || index <= highest - size) return false;
      const marks = seen.subarray(slot(index), slot(index) + versions);
      return marks.includes(0) && !marks.includes(known(mark));
    },
    accept(index, mark) {
      if (index - highest >= size) seen.fill(0);
      else {
        for (let next = highest + 1; next <= index; next++) {
          seen.fill(0, slot(next), slot(next) + versions);
        }
      }
      highest = Math.max(highest, index);
      const free = seen.indexOf(0, slot(index));
      seen[free] = known(mark);
    },
  };
}
