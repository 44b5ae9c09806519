/** A block of sound as the audio thread makes it. */
export interface Block {
  /** Its channels one after the other. */
  readonly samples: Int16Array<ArrayBuffer>;
  /** When it was full, by the clock: in ms since 1970. */
  readonly at: number;
}

/** What stands where a block of sound belongs: the sound, or the silence of a hole. */
export type Placed<T> = T | undefined;

/** Keeps a row of blocks in step with the clock. */
export interface BlockClock<T> {
  /**
   * Takes a block that was full at this time, in ms. Returns what comes next in the row, each of it
   * one block long: nothing while it is not yet known whether there is a hole before it.
   */
  push(block: T, at: number): readonly Placed<T>[];
}

/** A block that is so far from its time is looked at more closely, in ms. */
const TOLERATED_MS = 100;
/** It has to be off for so long, in ms: the blocks of a clump are not. */
const CERTAIN_MS = 150;
/** No hole is longer than this, in ms: a computer that slept is not a call that was silent. */
const LONGEST_HOLE_MS = 15 * 60_000;

/**
 * Makes the clock of a row of blocks, each so many ms long. When the thread that makes them stands
 * still, what it did not hear is a hole, and is filled with silence; so a row is never later than
 * the clock. A row that is ahead of the clock loses a block.
 */
export function createBlockClock<T>(blockMs: number): BlockClock<T> {
  /** When the next block should be full. */
  let next: number | undefined;
  let held: T[] = [];
  /** When the first of them was full. */
  let heldSince = 0;
  /** How late they are at least; negative when they are early. */
  let late = 0;

  const release = (): T[] => {
    const row = held;
    held = [];
    return row;
  };

  return {
    push(block, at) {
      next ??= at;
      const off = at - next;
      next += blockMs;
      if (Math.abs(off) < TOLERATED_MS || (held.length > 0 && off * late < 0)) {
        return [...release(), block];
      }
      if (held.length === 0) heldSince = at;
      late = held.length === 0 || Math.abs(off) < Math.abs(late) ? off : late;
      held.push(block);
      if (at - heldSince < CERTAIN_MS) return [];
      const hole = Math.min(LONGEST_HOLE_MS, late);
      const blocks = Math.trunc(hole / blockMs);
      next += late > LONGEST_HOLE_MS ? late : Math.max(blocks, -1) * blockMs;
      if (blocks < 0) return release().slice(1);
      return [...new Array<undefined>(blocks).fill(undefined), ...release()];
    },
  };
}
