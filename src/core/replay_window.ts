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
   * restarted and counts again: its packets are authentic and new, while recorded and resent ones
   * are not. Default: 1.
   */
  readonly versions?: number;
  /** Nothing up to this index is admitted. Default: -1. */
  readonly after?: number;
}

/** Makes a window. */
export function createReplayWindow(options: ReplayWindowOptions): ReplayWindow {
  const { size, versions = 1, after = -1 } = options;
  // Marks by version and index, 0 where there is none. Unwritten memory costs nothing, so it is
  // written only if necessary.
  const seen = new Uint32Array(size * versions);
  const known = (mark: number) => mark >>> 0 || 1;
  /** The first version of an index with this mark; -1 if there is none. */
  const find = (index: number, mark: number): number => {
    for (let at = index % size; at < seen.length; at += size) if (seen[at] === mark) return at;
    return -1;
  };
  const clear = (index: number) => {
    for (let at = index % size; at < seen.length; at += size) if (seen[at] !== 0) seen[at] = 0;
  };
  let highest = after;

  return {
    get highest() {
      return highest;
    },
    admits(index, mark) {
      if (index > highest) return true;
      if (index <= after || index <= highest - size) return false;
      return find(index, 0) !== -1 && find(index, known(mark)) === -1;
    },
    accept(index, mark) {
      if (highest > after) {
        if (index - highest >= size) seen.fill(0);
        else for (let next = highest + 1; next <= index; next++) clear(next);
      }
      highest = Math.max(highest, index);
      seen[find(index, 0)] = known(mark);
    },
  };
}
