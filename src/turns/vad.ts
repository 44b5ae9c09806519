/**
 * Voice activity detection, as turns need it: how sure is it that somebody is speaking?
 *
 * @module
 */

/** A detector of voices, which can listen to any number of streams. */
export interface Vad {
  /** A short name, for tables and logs. */
  readonly name: string;
  /**
   * Starts listening to one stream.
   *
   * @param sampleRate The rate of the stream, in Hz. The detector may ask for another one.
   */
  open(sampleRate: number): VadStream | Promise<VadStream>;
}

/** A detector that listens to one stream of mono sound. It gets all of it, in order. */
export interface VadStream {
  /** Samples per second of the windows that it takes, in Hz. */
  readonly sampleRate: number;
  /** Samples in a window. */
  readonly windowSize: number;
  /**
   * How sure it is that somebody speaks in the next window, from 0 to 1. The next window comes
   * after this answer, so there is one at a time.
   *
   * @param window 16-bit PCM, valid until it answers.
   */
  confidence(window: Int16Array): number | Promise<number>;
  /** Releases what it holds, once no more sound comes. */
  close?(): void;
}
