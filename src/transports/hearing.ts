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

/** Starts counting. */
export function createHearing(): Hearing {
  let written = 0;
  let sent = 0;
  let confirmed = 0;
  let told = (_from: number) => {};
  /** Where the first audible sound is, and when it is heard. */
  let firstPlace: number | undefined;
  let firstAt: number | undefined;
  /** Sound without a pause: its first place, and when that is heard. */
  let runs: { readonly from: number; readonly at: number; until: number }[] = [];
  const skips: { readonly from: number; readonly to: number }[] = [];
  const overBy = (time: number): number => {
    while (runs[1] && runs[1].at <= time) runs.shift();
    const [run] = runs;
    if (!run) return sent;
    return Math.max(confirmed, Math.min(sent, run.from + between(0, time, run.until, run.at)));
  };
  return {
    get writtenMs() {
      return written;
    },
    get sentMs() {
      return sent;
    },
    get firstAt() {
      return firstAt;
    },
    watch(written) {
      told = written;
    },
    write(samples, ms, live) {
      const from = written;
      written += ms;
      if (live && firstPlace !== undefined) return;
      if (!samples.some((sample) => sample !== 0)) return;
      firstPlace ??= from;
      if (!live) told(from);
    },
    send(ms, at) {
      const latest = runs.at(-1);
      const follows = latest !== undefined && Math.abs(at - latest.until) < SAME_MS;
      if (follows) latest.until = at + ms;
      else {
        overBy(at - LATEST_MS); // forgets what was heard long ago
        runs.push({ from: sent, at, until: at + ms });
      }
      if (firstAt === undefined && firstPlace !== undefined && sent + ms > firstPlace) {
        firstAt = at + Math.max(0, firstPlace - sent);
      }
      sent = Math.min(written, sent + ms);
      return !follows;
    },
    overBy,
    heardBy(time, from, to) {
      const end = Math.min(to, overBy(time));
      const skipped = skips.reduce((sum, skip) => sum + between(from, skip.to, end, skip.from), 0);
      return Math.max(0, end - from - skipped);
    },
    confirm(place) {
      confirmed = Math.max(confirmed, place);
    },
    drop(place) {
      if (place < written) {
        skips.push({ from: place, to: written });
        if (skips.length > MOST_SKIPS) skips.shift();
      }
      sent = written;
      runs = [];
    },
  };
}

/**
 * The distance from the later of two beginnings to the earlier of two ends; 0 if they do not
 * overlap.
 */
function between(begin: number, end: number, otherEnd: number, otherBegin: number): number {
  return Math.max(0, Math.min(end, otherEnd) - Math.max(begin, otherBegin));
}
