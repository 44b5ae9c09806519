/**
 * Voice activity detection, as turns ask for it: how sure is it that somebody speaks?
 *
 * @module
 */

/** A detector of voices, which can listen to any number of streams. */
export interface Vad {
  /** A short name, for tables and logs. */
  readonly name: string;
  /**
   * Begins to listen to one stream.
   *
   * @param sampleRate The rate of the stream, in Hz. The detector may ask for another one.
   */
  open(sampleRate: number): VadStream | Promise<VadStream>;
}

/** A detector that listens to one stream of mono sound. It is told all of it, in order. */
export interface VadStream {
  /** Samples per second of the windows that it takes, in Hz. */
  readonly sampleRate: number;
  /** Samples in a window. */
  readonly windowSize: number;
  /**
   * How sure it is that somebody speaks in the next window, from 0 to 1. The next one comes when this
   * is answered, so it is asked for one window at a time.
   *
   * @param window 16-bit PCM, good until it is answered.
   */
  confidence(window: Int16Array): number | Promise<number>;
  /** Frees what it holds, once nothing more comes. */
  close?(): void;
}
