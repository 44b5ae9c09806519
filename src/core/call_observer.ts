/**
 * Observes a call as it is heard, which differs from what its bot reads and writes.
 *
 * @module
 */

/** A piece of sound, mono. Its samples are valid until the call that passes them returns. */
export interface Sound {
  /** 16-bit PCM. */
  readonly samples: Int16Array;
  /** Samples per second, in Hz. */
  readonly sampleRate: number;
  /** When its first sample is heard, in ms of `performance.now()`. */
  readonly at: number;
  /** When it was captured, or where it is played, in ms of its own stream, if known. */
  readonly timestamp?: number | undefined;
}

/** Who does something: the user at the other end, or the bot. */
export type CallSide = "user" | "bot";

/** Observes a call. None of its methods may throw or block. */
export interface CallObserver {
  /** Sound from the user has arrived, whether or not the bot reads it. */
  heard(sound: Sound): void;
  /**
   * Sound from the bot is going to be heard, unless {@link CallObserver.silenced} takes it back.
   */
  spoken(sound: Sound): void;
  /**
   * Background sound is going to be heard under what the bot says, unless
   * {@link CallObserver.silenced} takes it back.
   */
  background?(sound: Sound): void;
  /**
   * The carrier reports that the bot's sound due from this time on, in ms of `performance.now()`,
   * is heard `by` ms later; earlier if `by` is negative.
   */
  delayed?(from: number, by: number): void;
  /** The bot's sound due after this time, in ms of `performance.now()`, will not be heard. */
  silenced(at: number): void;
  /** The bot has interrupted itself. */
  interrupted(): void;
  /** A message passes: RTVI, or the application's own. */
  message(from: CallSide, message: unknown): void;
  /** A key was pressed. */
  key(from: CallSide, digit: string): void;
  /** The carrier has played all audio before a mark. */
  mark(name: string): void;
}

/** Where a transport looks for its observer; without one it costs nothing. */
export interface Observed {
  /** Who observes; undefined while nobody does. */
  readonly observer: CallObserver | undefined;
  /** Lets somebody observe from now on. */
  observe(observer: CallObserver): void;
}

/** Makes what a transport asks for its observer. */
export function observed(): Observed {
  let observer: CallObserver | undefined;
  return {
    get observer() {
      return observer;
    },
    observe(next) {
      observer = observer ? both(observer, next) : next;
    },
  };
}

function both(one: CallObserver, other: CallObserver): CallObserver {
  return {
    heard(sound) {
      one.heard(sound);
      other.heard(sound);
    },
    spoken(sound) {
      one.spoken(sound);
      other.spoken(sound);
    },
    background(sound) {
      one.background?.(sound);
      other.background?.(sound);
    },
    delayed(from, by) {
      one.delayed?.(from, by);
      other.delayed?.(from, by);
    },
    silenced(at) {
      one.silenced(at);
      other.silenced(at);
    },
    interrupted() {
      one.interrupted();
      other.interrupted();
    },
    message(from, message) {
      one.message(from, message);
      other.message(from, message);
    },
    key(from, digit) {
      one.key(from, digit);
      other.key(from, digit);
    },
    mark(name) {
      one.mark(name);
      other.mark(name);
    },
  };
}
