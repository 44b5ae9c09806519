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
  const judges = limits.map(createJudge);
  /** The previous audio, and when it came; undefined before the first. */
  let last: { readonly timestamp: number; readonly end: number; readonly now: number } | undefined;
  /** Losses up to this one have been handled. */
  let lossesSeen = 0;
  /** How far the stream is ahead of the clock since its passage began. */
  let ahead = 0;
  let droppedMs = 0;
  const judge = ({ duration, timestamp, now, delay, losses = 0 }: LiveAudio): boolean => {
    const gap = timestamp - (last?.end ?? -Infinity);
    const jumps = gap > GAP_MS;
    const lost = jumps && losses > lossesSeen;
    // A loss is noticed before or together with its gap.
    if (jumps) lossesSeen = losses;
    if (!last || (jumps && !lost) || gap < -REPEAT_MS) {
      ahead = 0;
      for (const each of judges) each.reset();
    } else if (gap < -GAP_MS) {
      return true; // its time is over
    } else {
      const passed = (now - last.now) * (ahead > 0 ? 1 + DRIFT : 1);
      ahead += timestamp - last.timestamp - passed;
    }
    last = { timestamp, end: timestamp + duration, now };
    const waits = delay - Math.max(0, ahead);
    const drops = judges.map((each) => each.drops(duration, now, waits));
    const dropped = drops.includes(true);
    // What the others have seen was before the stall that this one noticed.
    if (dropped) judges.forEach((each, i) => drops[i] || each.restart(now));
    return dropped;
  };
  return {
    droppedMs: () => droppedMs,
    drops(audio) {
      const drops = judge(audio);
      if (drops) droppedMs += audio.duration;
      return drops;
    },
    reset() {
      for (const each of judges) each.reset();
    },
  };
}

/** Limits one stream. */
function createJudge({ window, most, rest }: DelayLimit) {
  let least = Infinity;
  /** When the window began. */
  let began: number | undefined;
  let toDrop = 0;
  return {
    drops(duration: number, now: number, waits: number): boolean {
      began ??= now;
      least = Math.min(least, waits);
      if (now - began >= window) {
        toDrop = least > most ? least - rest : 0;
        least = Infinity;
        began = now;
      }
      if (toDrop < duration) return false;
      toDrop -= duration;
      return true;
    },
    restart(now: number): void {
      least = Infinity;
      began = now;
    },
    reset(): void {
      least = Infinity;
      began = undefined;
      toDrop = 0;
    },
  };
}
