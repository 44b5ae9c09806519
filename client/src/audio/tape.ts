/**
 * How much sound is kept as it was, in minutes: 58 MB, or a third of that where the browser can encode
 * all of it.
 */
export const KEPT_MINUTES = "AudioEncoder" in globalThis ? 5 : 15;

/** What was recorded: blocks of the same length, the latest of them. */
export interface Tape {
  readonly blocks: readonly Int16Array[];
  /** Whether the beginning had to go. */
  readonly cut: boolean;
  push(block: Int16Array): void;
  clear(): void;
}

/** Makes an empty tape; of more blocks than this the oldest goes first. */
export function createTape(most: number): Tape {
  const blocks: Int16Array[] = [];
  let cut = false;
  return {
    blocks,
    get cut() {
      return cut;
    },
    push(block) {
      blocks.push(block);
      if (blocks.length <= most) return;
      blocks.shift();
      cut = true;
    },
    clear() {
      blocks.length = 0;
      cut = false;
    },
  };
}
