/**
 * The app messages of a call, on their way in.
 *
 * @module
 */
import { jsonSize } from "./frame.ts";

/** App messages that wait until somebody intercepts them, and their bytes; further ones are dropped. */
const MAX_EARLY_MESSAGES = 256;
const MAX_EARLY_BYTES = 1 << 20;

/** Where app messages come in. */
export interface MessageIntake {
  /** Takes a message as it arrives. */
  take(data: unknown): void;
  /**
   * Offers every message to `taker` from now on, starting with the earlier ones; a message for
   * which it returns true goes no further.
   */
  intercept(taker: (data: unknown) => boolean): void;
}

/** Makes an intake that passes on what nobody intercepts. */
export function messageIntake(pass: (data: unknown) => void): MessageIntake {
  const early: unknown[] = [];
  let earlyBytes = 0;
  let taker: ((data: unknown) => boolean) | undefined;
  const keep = (data: unknown) => {
    const bytes = jsonSize(data);
    if (early.length === MAX_EARLY_MESSAGES || earlyBytes + bytes > MAX_EARLY_BYTES) return;
    earlyBytes += bytes;
    early.push(data);
  };
  const take = (data: unknown) => {
    if (!taker) keep(data);
    else if (!taker(data)) pass(data);
  };
  return {
    take,
    intercept(next) {
      taker = next;
      for (const data of early.splice(0)) take(data);
    },
  };
}
