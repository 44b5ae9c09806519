/**
 * What a refused client is told.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import type { RunnerErrorCode } from "../core/error_codes.ts";
import type { Readiness } from "../core/load.ts";

/** When to try again, in seconds. */
const RETRY_S = 5;

const REFUSALS: Readonly<
  Record<Exclude<Readiness, "ready">, [code: RunnerErrorCode, detail: string]>
> = {
  full: ["full", "All lines are busy. Try again in a moment."],
  overloaded: ["overloaded", "This runner is busy. Try again in a moment."],
  draining: ["draining", "The runner is shutting down and takes no new sessions."],
  closed: ["closing", "The runner is shutting down."],
};

/**
 * The codes of refusals that do not come from the {@link Admission}: a store that accepts nothing,
 * another process that has not decided in time, or a fleet that is full.
 */
const STORE_REFUSALS: readonly RunnerErrorCode[] = [
  "store_full",
  "store_unavailable",
  "not_answered",
  "fleet_full",
];

/** Tells whether an error means that a session was not admitted. */
export function isRefusal(error: unknown): error is RunnerError {
  if (!(error instanceof RunnerError)) return false;
  const { code } = error;
  return code === TOO_MANY || STORE_REFUSALS.includes(code) || hasNoRoom(error);
}

/** Tells whether an error means that this process is full: another may have room. */
export function hasNoRoom(error: unknown): error is RunnerError {
  return error instanceof RunnerError &&
    Object.values(REFUSALS).some(([known]) => known === error.code);
}

const TOO_MANY = "too_many_starts";

/** The error for a refused session. */
export function refusal(readiness: Exclude<Readiness, "ready">): RunnerError {
  const [code, detail] = REFUSALS[readiness];
  return new RunnerError(code, detail, { retryAfter: RETRY_S });
}

/** The error if all processes together have as many sessions as they may. */
export function fleetFull(): RunnerError {
  return new RunnerError("fleet_full", REFUSALS.full[1], { retryAfter: RETRY_S });
}

/** The error for a client that has started too many sessions, with the seconds to wait. */
export function tooManyStarts(perMinute: number, retryAfter: number): RunnerError {
  const detail = `Too many sessions were started from here: a client may start ${perMinute} ` +
    `in a minute (--start-rate). Try again in ${retryAfter} s.`;
  return new RunnerError(TOO_MANY, detail, { retryAfter });
}
