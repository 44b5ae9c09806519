/**
 * A clock for whole conversations: both sides use it, and nobody waits for it.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import { createAgenda } from "./agenda.ts";
import type { CallClock } from "./clock.ts";

/**
 * Makes the clock of `pace: "virtual"`. It jumps from one due event to the next, and lets
 * everything that follows from one happen before the other. So times are exact, however busy the
 * machine is. It stands still while nothing is due. What a bot does with `setTimeout`, or over a
 * network, takes the host's time, during which minutes of this clock pass; to take its time in a
 * test, a bot must wait with {@link CallClock.schedule} of this clock.
 *
 * @example
 * ```ts
 * import { virtualClock } from "@pipecat/runner/testing";
 *
 * const clock = virtualClock();
 * await new Promise<void>((resolve) => clock.schedule(resolve, 3_600_000));
 * console.log(clock.now()); // 3600000, at once
 * ```
 */
export function virtualClock(): CallClock {
  const agenda = createAgenda();
  let turning = false;
  const turn = () => {
    if (turning || agenda.next() === undefined) return;
    turning = true;
    // A timer of the host is a millisecond late; a turn of its event loop is not. The first turn
    // lets everything already triggered ask for its own turns, which then come before the second.
    setImmediate(() =>
      setImmediate(() => {
        turning = false;
        agenda.runNext();
        turn();
      })
    );
  };
  return {
    now: agenda.now,
    schedule(callback, delayMs) {
      const cancel = agenda.add(callback, delayMs);
      turn();
      return cancel;
    },
  };
}
