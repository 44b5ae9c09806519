/**
 * Finds lasting delay on a live stream, so that it can be dropped.
 *
 * Jitter comes and goes: the least delay within a while is near zero. After a stall it is not,
 * because late audio is played late and everything after it waits. Audio that waits because it was
 * written faster than it plays, such as a recording, is not late.
 *
 * @module
 */

/** How much delay may last for how long, in ms. */
export interface DelayLimit {
  /** The delay is judged once in this time, by its minimum; 0 judges it with every frame. */
  readonly window: number;
  /** A delay up to this is allowed. */
  readonly most: number;
  /** What remains of a longer one. */
  readonly rest: number;
}

/** Live audio as it is written. All times are in ms. */
export interface LiveAudio {
  readonly duration: number;
  /** When it was captured, on its stream's clock. */
  readonly timestamp: number;
  readonly now: number;
  /** How long until it would be played. */
  readonly delay: number;
  /**
   * How often audio of the stream was lost on its way here since the beginning. After a loss, a gap
   * is not a new passage: after a stall it belongs to what came late.
   */
  readonly losses?: number;
}

/** Watches one live stream. */
export interface DelayWatch {
  /** How much audio was dropped, in ms. */
  droppedMs(): number;
  /** Tells whether to drop this audio. */
  drops(audio: LiveAudio): boolean;
  /** Forgets the delay: what was waiting is gone. */
  reset(): void;
}

/** A gap before audio that begins a new passage, and an overlap that is rounding, in ms. */
const GAP_MS = 60;
/** Audio that repeats something older than this also begins a new passage, in ms. */
const REPEAT_MS = 1000;
/** A clock that is faster than ours by up to this share does not count as writing ahead. */
const DRIFT = 0.001;

/** Makes an empty watch. A stream must meet each of the limits. */
export function createDelayWatch(...limits: readonly DelayLimit[]): DelayWatch {
  return new StreamWatch(limits);
}

// Classes: a number that changes with each frame costs less in a field than in a closure.

class StreamWatch implements DelayWatch {
  #judges: readonly Judge[];
  /** Whether there was any audio. */
  #begun = false;
  /** The previous audio: when it was captured, when that ended, and when it came. */
  #timestamp = 0;
  #end = 0;
  #now = 0;
  /** Losses up to this one have been handled. */
  #lossesSeen = 0;
  /** How far the stream is ahead of the clock since its passage began. */
  #ahead = 0;
  #droppedMs = 0;

  constructor(limits: readonly DelayLimit[]) {
    this.#judges = limits.map((limit) => new Judge(limit));
  }

  droppedMs(): number {
    return this.#droppedMs;
  }

  drops(audio: LiveAudio): boolean {
    const drops = this.#judge(audio);
    if (drops) this.#droppedMs += audio.duration;
    return drops;
  }

  reset(): void {
    for (const judge of this.#judges) judge.reset();
  }

  #judge({ duration, timestamp, now, delay, losses = 0 }: LiveAudio): boolean {
    const gap = this.#begun ? timestamp - this.#end : Infinity;
    const jumps = gap > GAP_MS;
    const lost = jumps && losses > this.#lossesSeen;
    // A loss is noticed before or together with its gap.
    if (jumps) this.#lossesSeen = losses;
    if (!this.#begun || (jumps && !lost) || gap < -REPEAT_MS) {
      this.#ahead = 0;
      this.reset();
    } else if (gap < -GAP_MS) {
      return true; // its time is over
    } else {
      const passed = (now - this.#now) * (this.#ahead > 0 ? 1 + DRIFT : 1);
      this.#ahead += timestamp - this.#timestamp - passed;
    }
    this.#begun = true;
    this.#timestamp = timestamp;
    this.#end = timestamp + duration;
    this.#now = now;
    const waits = delay - Math.max(0, this.#ahead);
    let drops = false;
    for (const judge of this.#judges) drops = judge.drops(duration, now, waits) || drops;
    if (!drops) return false;
    // What the others have seen was before the stall that this one noticed.
    for (const judge of this.#judges) if (!judge.dropped) judge.restart(now);
    return true;
  }
}

/** Limits one stream. */
class Judge {
  /** Whether it has dropped the latest audio. */
  dropped = false;
  #limit: DelayLimit;
  #least = Infinity;
  /** When the window began; NaN before it does. */
  #began = NaN;
  #toDrop = 0;

  constructor(limit: DelayLimit) {
    this.#limit = limit;
  }

  drops(duration: number, now: number, waits: number): boolean {
    const { window, most, rest } = this.#limit;
    if (Number.isNaN(this.#began)) this.#began = now;
    if (waits < this.#least) this.#least = waits;
    if (now - this.#began >= window) {
      this.#toDrop = this.#least > most ? this.#least - rest : 0;
      this.restart(now);
    }
    this.dropped = this.#toDrop >= duration;
    if (this.dropped) this.#toDrop -= duration;
    return this.dropped;
  }

  restart(now: number): void {
    this.#least = Infinity;
    this.#began = now;
  }

  reset(): void {
    this.restart(NaN);
    this.#toDrop = 0;
  }
}
