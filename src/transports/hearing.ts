/**
 * Reckons how much of what a bot writes is heard.
 *
 * @module
 */

/** Pieces that begin this near to the end of the one before follow without a pause, in ms. */
const SAME_MS = 2;
/** What was sent is heard at the latest so much after it was due, in ms. */
const LATEST_MS = 15_000;
/** Interruptions that are remembered: nobody asks for what was said before them. */
const MOST_SKIPS = 32;

/** Counts sound, in ms since the call began. */
export interface Hearing {
  /** What was written: heard, still to be heard, or dropped. */
  readonly writtenMs: number;
  /** What of it was sent, or dropped. */
  readonly sentMs: number;
  /** When the first sound is heard that is no silence; undefined before it is sent. */
  readonly firstAt: number | undefined;
  /** See `Playback`. */
  watch(written: (from: number) => void): void;
  /**
   * Sound was written.
   *
   * @param live Whether it is the other side's own, on its way back.
   */
  write(samples: Int16Array, ms: number, live: boolean): void;
  /**
   * What was written next is going to be heard from this time on. Tells whether it is after a pause.
   */
  send(ms: number, at: number): boolean;
  /** The place up to which all is over by a time, if nothing more is dropped. */
  overBy(time: number): number;
  /** How much of the sound between two places is heard by a time. */
  heardBy(time: number, from: number, to: number): number;
  /** All before a place is heard for sure. */
  confirm(place: number): void;
  /** All that was written is over; what comes behind this place is dropped. */
  drop(place: number): void;
}

/** Begins to count. */
export function createHearing(): Hearing {
  let written = 0;
  let sent = 0;
  let confirmed = 0;
  let told = (_from: number) => {};
  /** Where the first sound is that is no silence, and when it is heard. */
  let firstPlace: number | undefined;
  let firstAt: number | undefined;
  /** Sound without a pause: from which place on, and when that is heard. */
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
        overBy(at - LATEST_MS); // forgets what is long heard
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

/** How far it is from the later of two beginnings to the earlier of two ends; 0 when they miss. */
function between(begin: number, end: number, otherEnd: number, otherBegin: number): number {
  return Math.max(0, Math.min(end, otherEnd) - Math.max(begin, otherBegin));
}
