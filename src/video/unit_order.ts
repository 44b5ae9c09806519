/**
 * Hands access units on in the order in which they can be decoded.
 *
 * @module
 */
import type { AccessUnit } from "./access_units.ts";

/** Puts units in order. After a loss that nothing repairs it goes on with the next key unit. */
export interface UnitOrder {
  /** Takes a unit that arrived at `now`, in ms. */
  push(unit: AccessUnit, now: number): void;
  /** Lets time pass; returns whether a key unit is needed to go on. */
  tick(now: number): boolean;
}

/** How long a missing unit is waited for: its packets may have to be sent again. */
const WAIT_MS = 250;
/** Units that wait for one before them, and their bytes: of the largest there is no room for two. */
const MOST_WAITING = 16;
const MOST_BYTES = 3 << 19;

/** Makes an order that begins with a key unit. */
export function createUnitOrder(deliver: (unit: AccessUnit) => void): UnitOrder {
  /** The sequence number that the next unit begins with; nothing before the first and after a loss. */
  let next: number | undefined;
  let waiting: { readonly unit: AccessUnit; readonly since: number }[] = [];

  const hand = (unit: AccessUnit) => {
    next = (unit.last + 1) & 0xffff;
    deliver(unit);
  };
  const goOn = () => {
    for (let found = true; found;) {
      const index = waiting.findIndex(({ unit }) => unit.first === next);
      found = index >= 0;
      for (const { unit } of found ? waiting.splice(index, 1) : []) hand(unit);
    }
  };
  /** Gives up what is missing: a key unit that waits is as good. */
  const skip = () => {
    next = undefined;
    const keys = waiting.filter(({ unit }) => unit.key);
    const latest = keys.at(-1)?.unit;
    if (!latest) return void (waiting = []);
    waiting = waiting.filter(({ unit }) => behind(latest.first, unit.first) > 0);
    hand(latest);
    goOn();
  };

  return {
    push(unit, now) {
      const ahead = next === undefined ? 0 : behind(next, unit.first);
      if (ahead < 0 && !unit.key) return; // too late
      if (next === undefined ? unit.key : ahead === 0 || unit.key && ahead < 0) {
        hand(unit);
        goOn();
      } else if (next !== undefined) {
        waiting.push({ unit, since: now });
        const bytes = waiting.reduce((sum, { unit }) => sum + unit.data.length, 0);
        if (waiting.length > MOST_WAITING || bytes > MOST_BYTES) skip();
      }
    },
    tick(now) {
      const [oldest] = waiting;
      if (oldest && now - oldest.since > WAIT_MS) skip();
      return next === undefined;
    },
  };
}

/** How far a sequence number is behind another, over the turn. */
function behind(from: number, to: number): number {
  return ((to - from) << 16) >> 16;
}
