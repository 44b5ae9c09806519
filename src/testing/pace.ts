/**
 * How fast the time of a simulated call passes.
 *
 * @module
 */
import { type CallClock, fastClock, realClock } from "./clock.ts";
import { virtualClock } from "./virtual_clock.ts";

/** See {@link CallOptions.pace}. */
export type Pace = "real" | "fast" | "virtual";

/** The clock of a pace. */
export function clockOf(pace: Pace): CallClock {
  switch (pace) {
    case "real":
      return realClock;
    case "fast":
      return fastClock();
    case "virtual":
      return virtualClock();
    default:
      return pace satisfies never;
  }
}
