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

/** Sound that plays under what is said, and in its pauses; it is not counted. */
export interface Background {
  /** The next samples, mono, exactly as many; what is missing is silent. */
  take(length: number, sampleRate: number): Int16Array;
}

/** Plays sound, one piece behind the other. */
export interface Playback {
  /** The place at which the next piece will begin. */
  readonly writtenMs: number;
  /**
   * When the first sound was heard that is no silence, in ms of the time that the transport lives in;
   * undefined before, and absent where that is not known.
   */
  readonly firstAt?: number | undefined;
  /** The place up to which all is over by now: heard, or dropped. */
  readonly overMs: number;
  /** How much of the sound between two places is heard by now, in ms; what was dropped is not. */
  heardMs(from: number, to: number): number;
  /** Plays a piece of 200 ms at most; resolves when there is room for the next, undefined when there is. */
  play(frame: AudioFrame): Promise<void> | undefined;
  /**
   * Calls back at every piece that is written and no silence, with the place at which it begins. Live
   * audio is no such piece.
   */
  watch(written: (from: number) => void): void;
  /** Drops what is not yet heard. What is under way, and cannot be called back, counts as heard. */
  interrupt(): void;
  /** Resolves, when all that was written so far is over, with its place. */
  drained(): Promise<number>;
  /** Holds back what is not yet sent. */
  pause(): void;
  /** Plays on. */
  resume(): void;
  /** Plays this in the background from now on, or nothing. */
  accompany(background: Background | undefined): void;
}
