/**
 * The port to what plays a bot's sound to the other side, and knows how much of it is heard.
 *
 * A place is a count of sound in ms since the call began: of all that was written, in its order, with
 * no pauses between.
 *
 * @module
 */
import type { AudioFrame } from "./frame.ts";

/** How much was heard. */
export interface Heard {
  /** Sound that the other side has heard, in ms; pauses are not counted. */
  readonly heardMs: number;
}

/** Plays sound, one piece behind the other. */
export interface Playback {
  /** The place at which the next piece will begin. */
  readonly writtenMs: number;
  /** The place up to which the other side has heard by now; never more than `writtenMs`. */
  readonly heardMs: number;
  /** Plays a piece of 200 ms at most, and resolves when there is room for the next; at once when there is. */
  play(frame: AudioFrame): Promise<void> | undefined;
  /**
   * Drops what is not yet heard. Returns the place up to which it is heard in the end: of what is
   * under way and cannot be called back, too.
   */
  interrupt(): number;
  /** Resolves, when all that was written so far is heard or interrupted, with the place of that. */
  drained(): Promise<number>;
}
