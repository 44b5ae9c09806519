/**
 * The clock of transports.
 *
 * @module
 */
import { createTicker, sharedTicker, type Ticker } from "../audio/ticker.ts";
import { type Clock, hostClock } from "../core/clock.ts";
import { FRAME_MS } from "../core/frame.ts";
import type { Platform } from "../core/platform.ts";

/** A clock, and a beat of 20 ms that follows it. */
export interface Time {
  readonly clock: Clock;
  readonly ticker: Ticker;
}

/** The time of a host whose sessions share one beat. */
export const HOST_TIME: Time = { clock: hostClock, ticker: sharedTicker };

/** The time of a session on a host. */
export function timeOn(platform: Platform | undefined): Time {
  const { clock } = platform ?? {};
  if (clock) return { clock, ticker: createTicker(FRAME_MS, clock) };
  return platform?.ownTimers ? { clock: hostClock, ticker: createTicker() } : HOST_TIME;
}
