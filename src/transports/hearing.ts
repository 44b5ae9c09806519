/**
 * Reckons how much of what a bot writes is heard.
 *
 * @module
 */

/** Pieces that begin this near to the end of the one before follow without a pause, in ms. */
const SAME_MS = 2;
/** What was sent is heard at the latest so much after it was due, in ms. */
const LATEST_MS = 15_000;

/** Counts sound, in ms since the call began. */
export interface Hearing {
  /** What was written: heard, still to be heard, or dropped. */
  readonly writtenMs: number;
  /** What of it was sent, or dropped. */
  readonly sentMs: number;
  /** Sound was written. */
  write(ms: number): void;
  /** What was written next is going to be heard from this time on. */
  send(ms: number, at: number): void;
  /** What is heard by a time, if nothing is dropped. */
  heardBy(time: number): number;
  /** All that was written is over: heard, or dropped. */
  drop(): void;
}

/** Begins to count. */
export function createHearing(): Hearing {
  let written = 0;
  let sent = 0;
  /** Sound without a pause: from which place on, and when that is heard. */
  let runs: { readonly from: number; readonly at: number; until: number }[] = [];
  const heardBy = (time: number): number => {
    while (runs[1] && runs[1].at <= time) runs.shift();
    const [run] = runs;
    if (!run) return sent;
    return run.from + Math.max(0, Math.min(time, run.until) - run.at);
  };
  return {
    get writtenMs() {
      return written;
    },
    get sentMs() {
      return sent;
    },
    write(ms) {
      written += ms;
    },
    send(ms, at) {
      const latest = runs.at(-1);
      if (latest && Math.abs(at - latest.until) < SAME_MS) latest.until += ms;
      else {
        heardBy(at - LATEST_MS); // forgets what is long heard
        runs.push({ from: sent, at, until: at + ms });
      }
      sent += ms;
    },
    heardBy,
    drop() {
      sent = written;
      runs = [];
    },
  };
}
