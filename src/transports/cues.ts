/**
 * Actions at a place in what the bot says, once the sound before it was sent.
 *
 * @module
 */
import type { Hearing } from "./hearing.ts";

/** How many cues may wait for their sound; beyond that, the oldest fires early. */
const MOST_CUES = 256;

/** Waiting cues. */
export interface Cues {
  /** How many wait. */
  readonly length: number;
  /**
   * Calls back once the sound that was written before was sent.
   *
   * @param kept Whether to call back at once if that sound is dropped, instead of never.
   */
  add(act: () => void, kept: boolean): void;
  /**
   * Fires the cues that are due.
   *
   * @param all Whether nothing is left to send, so that all of them are due.
   */
  give(all: boolean): void;
  /** The sound that they wait for is dropped. */
  drop(): void;
}

/** Makes an empty list of cues for what is written and sent. */
export function createCues(hearing: Pick<Hearing, "writtenMs" | "sentMs">): Cues {
  const waiting: { readonly place: number; readonly act: () => void; readonly kept: boolean }[] =
    [];
  return {
    get length() {
      return waiting.length;
    },
    add(act, kept) {
      waiting.push({ place: hearing.writtenMs, act, kept });
      if (waiting.length > MOST_CUES) waiting.shift()?.act();
    },
    give(all) {
      const next = all ? -1 : waiting.findIndex(({ place }) => place > hearing.sentMs);
      for (const { act } of waiting.splice(0, next < 0 ? waiting.length : next)) act();
    },
    drop() {
      for (const { act, kept } of waiting.splice(0)) if (kept) act();
    },
  };
}
