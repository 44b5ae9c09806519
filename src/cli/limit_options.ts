/**
 * The options that limit what a runner takes on, and how long it takes to stop.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { DRAIN_MS } from "../sessions/session_set.ts";
import { STARTS_PER_MINUTE } from "../sessions/start_rate.ts";
import type { Option } from "./option.ts";

/** Those options. */
export const LIMIT_OPTIONS: readonly Option[] = [
  {
    name: "max-sessions",
    takes: "number",
    help: "most sessions at one time; further ones are refused",
    variable: "PIPECAT_MAX_SESSIONS",
    set: (value, before) => ({ limits: { ...before.limits, maxSessions: parseCount(value) } }),
  },
  {
    name: "max-duration",
    takes: "seconds",
    help: "end a session that lasts longer than this",
    variable: "PIPECAT_MAX_DURATION",
    set: (value, before) => ({ limits: { ...before.limits, maxDurationMs: parseSeconds(value) } }),
  },
  {
    name: "max-idle",
    takes: "seconds",
    help: "end a session that is idle for this long",
    variable: "PIPECAT_MAX_IDLE",
    set: (value, before) => ({ limits: { ...before.limits, maxIdleMs: parseSeconds(value) } }),
  },
  {
    name: "start-rate",
    takes: "number",
    help: "how many sessions a client may start in a minute, 0 for no limit. Default: " +
      `${STARTS_PER_MINUTE} for other machines`,
    variable: "PIPECAT_START_RATE",
    set: (value, before) => {
      const startsPerMinute = value === "0" ? false : parseCount(value);
      return { limits: { ...before.limits, startsPerMinute } };
    },
  },
  {
    name: "drain",
    takes: "seconds",
    help: `how long SIGTERM waits for sessions to end. Default: ${DRAIN_MS / 1000}`,
    variable: "PIPECAT_DRAIN_SECONDS",
    set: (value) => ({ drainMs: value === "0" ? 0 : parseSeconds(value) }),
  },
];

/** Reads how many there may be at most. */
export function parseCount(value: string): number {
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw new RunnerError("usage", "Give a whole number, 1 or more.");
}

/** Reads a time that was typed in seconds; returns it in ms. */
function parseSeconds(value: string): number {
  const seconds = Number(value);
  // No timer waits for longer than 24 days.
  if (/^\d+(\.\d+)?$/.test(value) && seconds > 0 && seconds <= 2_000_000) return seconds * 1000;
  throw new RunnerError("usage", "Give a number of seconds, such as 60.");
}
