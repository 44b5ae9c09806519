/**
 * The clock of a simulated call.
 *
 * @module
 */
import { type Clock, hostClock } from "../core/clock.ts";
import { delay } from "../core/wait.ts";
import { createAgenda } from "./agenda.ts";

/** Returns the time of a simulated call, in ms, and calls back later. */
export type CallClock = Clock;

/** A clock that a test moves by hand. */
export interface ManualClock extends CallClock {
  /** Moves the time on, and runs what is due, in order. */
  advance(ms: number): Promise<void>;
}

/** How many due callbacks a fast clock runs before it lets other work go first. */
const BATCH = 8;

/** The time of the host. */
export const realClock: CallClock = hostClock;

/** A clock without waiting: when nobody has anything left to do, the time jumps. */
export function fastClock(): CallClock {
  const agenda = createAgenda();
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** What a callback schedules may run in the same batch, so the next timer is armed after it. */
  let running = false;
  const arm = () => {
    if (running || timer !== undefined || agenda.next() === undefined) return;
    timer = setTimeout(run, 0);
  };
  const run = () => {
    timer = undefined;
    running = true;
    try {
      for (let i = 0; i < BATCH && agenda.next() !== undefined; i++) agenda.runNext();
    } finally {
      running = false;
    }
    arm();
  };
  return {
    now: agenda.now,
    schedule(callback, delayMs) {
      const cancel = agenda.add(callback, delayMs);
      arm();
      return () => {
        cancel();
        if (agenda.next() !== undefined) return;
        clearTimeout(timer);
        timer = undefined;
      };
    },
  };
}

/** A clock that stands still until a test moves it. */
export function manualClock(): ManualClock {
  const agenda = createAgenda();
  return {
    now: agenda.now,
    schedule: agenda.add,
    async advance(ms) {
      const end = agenda.now() + ms;
      await arrival();
      for (let due = agenda.next(); due !== undefined && due <= end; due = agenda.next()) {
        agenda.runNext();
        await arrival();
      }
      agenda.moveTo(end);
    },
  };
}

/** Lets sent messages arrive before more time passes. */
const arrival = () => delay(0);
