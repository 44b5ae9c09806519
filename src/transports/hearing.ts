/**
 * Estimates how much of what a bot writes is heard.
 *
 * @module
 */

/** Pieces that begin this close to the end of the previous one follow without a pause, in ms. */
const SAME_MS = 2;
/** Sent sound is heard at most this long after it was due, in ms. */
const LATEST_MS = 15_000;
/** How many interruptions to remember: nobody asks about older speech. */
const MOST_SKIPS = 32;

/** Counts sound, in ms since the call began. */
export interface Hearing {
  /** What was written: heard, still to be heard, or dropped. */
  readonly writtenMs: number;
  /** How much was sent, or dropped. */
  readonly sentMs: number;
  /** When the first audible sound is heard; undefined until it is sent. */
  readonly firstAt: number | undefined;
  /** See `Playback`. */
  watch(written: (from: number) => void): void;
  /**
   * Sound was written.
   *
   * @param live Whether it is the other side's own sound, on its way back.
   */
  write(samples: Int16Array, ms: number, live: boolean): void;
  /** What was written next will be heard from this time on. Returns whether it follows a pause. */
  send(ms: number, at: number): boolean;
  /** The place up to which everything is over by a time, if nothing more is dropped. */
  overBy(time: number): number;
  /** How much of the sound between two places is heard by a time. */
  heardBy(time: number, from: number, to: number): number;
  /** Everything before a place has certainly been heard. */
  confirm(place: number): void;
  /** Everything written so far is over; what comes after this place is dropped. */
  drop(place: number): void;
}

/** Sound without a pause. */
interface Run {
  /** Its place. */
  readonly from: number;
  /** When it begins to be heard. */
  readonly at: number;
  until: number;
}

/** Starts counting. */
export function createHearing(): Hearing {
  return new HeardSound();
}

// A class: a number that changes with each frame costs less in a field than in a closure.
class HeardSound implements Hearing {
  #written = 0;
  #sent = 0;
  #confirmed = 0;
  #told = (_from: number) => {};
  /** Where the first audible sound is, and when it is heard. */
  #firstPlace: number | undefined;
  #firstAt: number | undefined;
  #runs: Run[] = [];
  /** The last of them. */
  #latest: Run | undefined;
  #skips: { readonly from: number; readonly to: number }[] = [];

  get writtenMs(): number {
    return this.#written;
  }

  get sentMs(): number {
    return this.#sent;
  }

  get firstAt(): number | undefined {
    return this.#firstAt;
  }

  watch(written: (from: number) => void): void {
    this.#told = written;
  }

  write(samples: Int16Array, ms: number, live: boolean): void {
    const from = this.#written;
    this.#written = from + ms;
    if (live && this.#firstPlace !== undefined) return;
    if (!samples.some((sample) => sample !== 0)) return;
    this.#firstPlace ??= from;
    if (!live) this.#told(from);
  }

  send(ms: number, at: number): boolean {
    const latest = this.#latest;
    const sent = this.#sent;
    const follows = latest !== undefined && Math.abs(at - latest.until) < SAME_MS;
    if (follows) latest.until = at + ms;
    else {
      this.overBy(at - LATEST_MS); // forgets what was heard long ago
      this.#latest = { from: sent, at, until: at + ms };
      this.#runs.push(this.#latest);
    }
    const first = this.#firstPlace;
    if (this.#firstAt === undefined && first !== undefined && sent + ms > first) {
      this.#firstAt = at + Math.max(0, first - sent);
    }
    this.#sent = Math.min(this.#written, sent + ms);
    return !follows;
  }

  overBy(time: number): number {
    const runs = this.#runs;
    while (runs[1] && runs[1].at <= time) runs.shift();
    const [run] = runs;
    if (!run) return this.#sent;
    const over = run.from + between(0, time, run.until, run.at);
    return Math.max(this.#confirmed, Math.min(this.#sent, over));
  }

  heardBy(time: number, from: number, to: number): number {
    const end = Math.min(to, this.overBy(time));
    const skipped = this.#skips.reduce(
      (sum, skip) => sum + between(from, skip.to, end, skip.from),
      0,
    );
    return Math.max(0, end - from - skipped);
  }

  confirm(place: number): void {
    this.#confirmed = Math.max(this.#confirmed, place);
  }

  drop(place: number): void {
    if (place < this.#written) {
      this.#skips.push({ from: place, to: this.#written });
      if (this.#skips.length > MOST_SKIPS) this.#skips.shift();
    }
    this.#sent = this.#written;
    this.#runs = [];
    this.#latest = undefined;
  }
}

/**
 * The distance from the later of two beginnings to the earlier of two ends; 0 if they do not
 * overlap.
 */
function between(begin: number, end: number, otherEnd: number, otherBegin: number): number {
  return Math.max(0, Math.min(end, otherEnd) - Math.max(begin, otherBegin));
}
