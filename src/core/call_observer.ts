/**
 * Seeing a call as it is heard, which is not as its bot reads and writes it.
 *
 * @module
 */

/** A piece of sound, mono. Its samples are good until the call that hands them over returns. */
export interface Sound {
  /** 16-bit PCM. */
  readonly samples: Int16Array;
  /** Samples per second, in Hz. */
  readonly sampleRate: number;
  /** When its first sample is heard, in ms of `performance.now()`. */
  readonly at: number;
  /** When it was captured, or where it is played, in ms of its own stream, where that is told. */
  readonly timestamp?: number | undefined;
}

/** Who does something: the user on the other side, or the bot. */
export type CallSide = "user" | "bot";

/** Sees what goes on in a call. None of its methods may throw or wait. */
export interface CallObserver {
  /** Sound of the user has arrived, whether the bot reads it or not. */
  heard(sound: Sound): void;
  /** Sound of the bot is going to be heard, unless {@link CallObserver.silenced} takes it back. */
  spoken(sound: Sound): void;
  /**
   * Sound in the background of what the bot says is going to be heard with it, unless
   * {@link CallObserver.silenced} takes it back.
   */
  background?(sound: Sound): void;
  /**
   * What of the bot was to be heard from this time on, in ms of `performance.now()`, is heard `by` ms
   * later, as the carrier tells afterwards; or earlier, where that is less than 0.
   */
  delayed?(from: number, by: number): void;
  /** What of the bot was to be heard after this time, in ms of `performance.now()`, is not. */
  silenced(at: number): void;
  /** The bot has interrupted itself. */
  interrupted(): void;
  /** A message goes by: RTVI, or one of the application's own. */
  message(from: CallSide, message: unknown): void;
  /** A key is pressed. */
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
