/**
 * How much later a carrier plays what it is sent than it could, as its marks tell.
 *
 * A mark that finds nothing before it comes back at once: so long is the way to the carrier and back.
 * What a mark behind audio takes beyond that is the carrier's own delay. An interruption travels the
 * same way as the audio did, so the way itself is no delay: it does not change what is cut off.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";

/** How much audio there is before each of the first marks, in ms, for a delay to show soon … */
const FIRST_MS = 100;
/** … and later. */
const EVERY_MS = 500;
/** How often the way is measured at most, and after which pause: a carrier may still play, in ms. */
const PROBE_EVERY_MS = 1000;
/** The shortest of so many measurements is the way: each may have found one side busy. */
const WAYS = 4;
/** A mark may be so late and mean nothing: this process was busy. */
const SLACK_MS = 50;
/** Of so many marks the first one back tells, for the same reason. */
const MARKS = 3;
/** What begins so much after the end of the audio before it is after a pause, in ms. */
const PAUSE_MS = 2;
/** A delay that differs by less from the one that was told is not told again, in ms. */
const TOLD_MS = 3;
/** Marks that may be outstanding; a carrier that returns none is not asked again. */
const MOST_OUTSTANDING = 64;
/** Marks of this begin with it. */
const PREFIX = "at-";

/** Whether a mark of this name measures, and stands behind nothing that a bot has said. */
export function isMeasuringMark(name: string): boolean {
  return name.startsWith(PREFIX);
}

/** Watches the marks of a carrier. */
export interface Lateness {
  /** Measures the way to the carrier and back now, while nothing is played. */
  probe(): void;
  /** Audio is about to be sent that could be heard from this time on. */
  before(at: number): void;
  /** Audio was sent that could be heard until this time. */
  after(until: number): void;
  /** A mark has come back; false when it is not one of these. */
  returned(name: string): boolean;
  /** How long the way to the carrier and back is, in ms; undefined until that was measured. */
  roundTripMs(): number | undefined;
  /** How late the carrier is by now, in ms. */
  ms(): number;
  /** How late it was last told to be, in ms. */
  toldMs(): number;
  /** What was sent is dropped, and its marks mean nothing. */
  clear(): void;
}

/**
 * Begins to watch.
 *
 * @param send Sends a mark.
 * @param tell Hears that what was to be heard from a time on is heard later, by so many ms; or earlier,
 * where that is less than 0.
 */
export function watchLateness(
  clock: Clock,
  send: (name: string) => void,
  tell: (from: number, by: number) => void = () => {},
): Lateness {
  let count = 0;
  /** The mark that measures the way, and when the latest one was sent. */
  let probe: string | undefined;
  let probedAt = -Infinity;
  let cancel: (() => void) | undefined;
  /** The latest measurements of the way to the carrier and back. */
  let ways: number[] = [];
  /** Marks that have not come back, and when they could be heard. */
  let outstanding: { readonly name: string; readonly due: number }[] = [];
  /** Whether the carrier returns marks at all. */
  let answers = false;
  let late = 0;
  /** How late the latest marks were, and until when what is before them could be heard. */
  let latest: { readonly ms: number; readonly due: number }[] = [];
  /** What was told, and from when on it holds. */
  let told = 0;
  let toldFrom = -Infinity;
  /** The least delay that there was: what begins after a pause has no other yet. */
  let least: number | undefined;
  let end = -Infinity;
  let nextMark = 0;
  /** Marks since the latest pause, and those of them that are back. */
  let marks = 0;
  let marksBack = 0;
  const mark = (): string => {
    const name = `${PREFIX}${++count}`;
    send(name);
    return name;
  };
  const measure = () => {
    probedAt = clock.now();
    probe = mark();
    // What is sent leaves once the process has time for that, which is the carrier's delay as well.
    cancel?.();
    cancel = clock.schedule(() => probedAt = clock.now(), 0);
  };
  /** Tells the delay, unless it is what was told. */
  const correct = () => {
    const by = late - told;
    if (Math.abs(by) < TOLD_MS) return;
    // A delay that grows began behind a mark that was in time; one that shrinks was never so long.
    const [first] = latest;
    if (by > 0 && marksBack > MARKS && first) toldFrom = first.due;
    tell(toldFrom + told, by);
    told = late;
  };

  return {
    probe() {
      if (end === -Infinity) measure();
    },
    before(at) {
      if (at - end <= PAUSE_MS) return;
      toldFrom = at;
      told = least ?? 0;
      marksBack = 0;
      nextMark = at + FIRST_MS;
      late = least ?? 0;
      latest = [];
      marks = 0;
      if (Math.min(at - end, clock.now() - probedAt) >= PROBE_EVERY_MS) measure();
    },
    after(until) {
      end = until;
      if (until < nextMark || outstanding.length === MOST_OUTSTANDING) return;
      nextMark = until + (++marks < MARKS ? FIRST_MS : EVERY_MS);
      outstanding.push({ name: mark(), due: until });
    },
    returned(name) {
      if (!isMeasuringMark(name)) return false;
      const now = clock.now();
      if (name === probe) {
        ways = [...ways.slice(1 - WAYS), now - probedAt];
        probe = undefined;
      }
      const index = outstanding.findIndex((mark) => mark.name === name);
      const returned = outstanding[index];
      if (!returned) return true;
      outstanding = outstanding.slice(index + 1);
      answers = true;
      const delay = now - returned.due;
      // The way is no longer than what a mark took that had to wait for audio besides.
      ways = [...ways.slice(0, -1), Math.min(Math.max(0, delay), ways.at(-1) ?? Infinity)];
      const ms = Math.max(0, delay - Math.min(...ways));
      latest = [...latest.slice(1 - MARKS), { ms, due: returned.due }];
      const shortest = Math.min(...latest.map(({ ms }) => ms));
      least = Math.min(shortest, least ?? Infinity);
      late = latest.length < MARKS ? least : shortest;
      marksBack++;
      correct();
      return true;
    },
    roundTripMs: () => ways.length > 0 ? Math.min(...ways) : undefined,
    ms() {
      const [first, second] = outstanding;
      // One mark alone may wait for this process, which was busy.
      if (!first || !second || !answers) return late;
      const most = clock.now() - Math.min(...ways) - SLACK_MS;
      return most > second.due ? Math.max(late, most - first.due) : late;
    },
    toldMs: () => told,
    clear() {
      cancel?.();
      outstanding = [];
      end = -Infinity;
    },
  };
}
