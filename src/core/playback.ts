/**
 * The port to what plays a bot's sound to the other side and knows how much of it was heard.
 *
 * A place is an amount of sound in ms since the call began: everything that was written, in order,
 * without pauses.
 *
 * @module
 */
import type { AudioFrame } from "./frame.ts";

/** How much was heard. */
export interface Heard {
  /** Sound that the other side has heard, in ms, without pauses. */
  readonly heardMs: number;
}

/** Sound that plays under what is said, and in its pauses; it does not count. */
export interface Background {
  /** The next samples, mono, exactly this many; missing ones are silent. */
  take(length: number, sampleRate: number): Int16Array;
}

/** Plays sound, piece after piece. */
export interface Playback {
  /** The place at which the next piece will begin. */
  readonly writtenMs: number;
  /**
   * When the first audible sound was heard, in ms of the transport's clock; undefined before, and
   * absent if unknown.
   */
  readonly firstAt?: number | undefined;
  /** The place up to which everything is over by now: heard, or dropped. */
  readonly overMs: number;
  /**
   * How much of the sound between two places has been heard by now, in ms, without what was
   * dropped.
   */
  heardMs(from: number, to: number): number;
  /**
   * Plays a piece of at most 200 ms; resolves when there is room for the next, and is undefined if
   * there is room already.
   */
  play(frame: AudioFrame): Promise<void> | undefined;
  /**
   * Calls back for every written piece that is not silent, with the place where it begins. Live
   * audio does not count.
   */
  watch(written: (from: number) => void): void;
  /** Drops what is not yet heard. What is on its way and cannot be taken back counts as heard. */
  interrupt(): void;
  /** Resolves with its place, once everything written so far is over. */
  drained(): Promise<number>;
  /** Holds back what was not yet sent. */
  pause(): void;
  /** Continues. */
  resume(): void;
  /** Plays this in the background from now on; undefined plays nothing. */
  accompany(background: Background | undefined): void;
}
