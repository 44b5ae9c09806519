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
/** How often the way is measured at most, in ms. */
const PROBE_EVERY_MS = 10_000;
/** A mark may be so late and mean nothing: this process was busy. */
const SLACK_MS = 50;
/** Of so many marks the first one back tells, for the same reason. */
const MARKS = 3;
/** What begins so much after the end of the audio before it is after a pause, in ms. */
const PAUSE_MS = 2;
/** Marks that may be outstanding; a carrier that returns none is not asked again. */
const MOST_OUTSTANDING = 64;
/** Marks of this begin with it. */
const PREFIX = "at-";

/** Watches the marks of a carrier. */
export interface Lateness {
  /** Audio is about to be sent that could be heard from this time on. */
  before(at: number): void;
  /** Audio was sent that could be heard until this time. */
  after(until: number): void;
  /** A mark has come back; false when it is not one of these. */
  returned(name: string): boolean;
  /** How late the carrier is by now, in ms. */
  ms(): number;
  /** What was sent is dropped, and its marks mean nothing. */
  clear(): void;
}

/**
 * Begins to watch.
 *
 * @param send Sends a mark.
 */
export function watchLateness(clock: Clock, send: (name: string) => void): Lateness {
  let count = 0;
  let probe: { readonly name: string; readonly at: number } | undefined;
  /** How long the way to the carrier and back is, once that is known: of two probes the shorter. */
  let way: number | undefined;
  let tookBefore: number | undefined;
  /** Marks that have not come back, and when they could be heard. */
  let outstanding: { readonly name: string; readonly due: number }[] = [];
  /** Whether the carrier returns marks at all. */
  let answers = false;
  let late = 0;
  /** How late the latest marks were. */
  let latest: number[] = [];
  /** The least delay that there was: what begins after a pause has no other yet. */
  let least: number | undefined;
  let end = -Infinity;
  let nextMark = 0;
  /** Marks since the latest pause. */
  let marks = 0;
  const mark = (): string => {
    const name = `${PREFIX}${++count}`;
    send(name);
    return name;
  };

  return {
    before(at) {
      if (at - end <= PAUSE_MS) return;
      nextMark = at + FIRST_MS;
      late = least ?? 0;
      latest = [];
      marks = 0;
      const now = clock.now();
      if (
        probe ? now - probe.at >= PROBE_EVERY_MS : way === undefined || at - end >= PROBE_EVERY_MS
      ) {
        probe = { name: mark(), at: now };
      }
    },
    after(until) {
      end = until;
      if (until < nextMark || outstanding.length === MOST_OUTSTANDING) return;
      nextMark = until + (++marks < MARKS ? FIRST_MS : EVERY_MS);
      outstanding.push({ name: mark(), due: until });
    },
    returned(name) {
      if (!name.startsWith(PREFIX)) return false;
      const now = clock.now();
      if (name === probe?.name) {
        const took = now - probe.at;
        way = Math.min(took, tookBefore ?? took);
        tookBefore = took;
        probe = undefined;
      }
      const index = outstanding.findIndex((mark) => mark.name === name);
      const returned = outstanding[index];
      if (!returned) return true;
      outstanding = outstanding.slice(index + 1);
      answers = true;
      const delay = now - returned.due;
      way ??= delay;
      latest = [...latest.slice(1 - MARKS), Math.max(0, delay - way)];
      least = Math.min(...latest, least ?? Infinity);
      late = latest.length < MARKS ? least : Math.min(...latest);
      return true;
    },
    ms() {
      const [first, second] = outstanding;
      // One mark alone may wait for this process, which was busy.
      if (!first || !second || !answers || way === undefined) return late;
      const most = clock.now() - way - SLACK_MS;
      return most > second.due ? Math.max(late, most - first.due) : late;
    },
    clear() {
      outstanding = [];
      end = -Infinity;
    },
  };
}
