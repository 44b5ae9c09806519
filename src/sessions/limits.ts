/**
 * How much a runner takes on.
 *
 * @module
 */
import {
  option,
  type OptionParser,
  type OptionParsers,
  orFalse,
  parseOptions,
} from "../core/options.ts";
import { LONGEST_TIMER_MS } from "../core/wait.ts";

/** Limits of a runner. Default: none, except the rate of starts. `false` means no limit. */
export interface Limits {
  /**
   * The most sessions at one time. Sessions promised by `POST /start` or to a carrier count for
   * some seconds, until their media comes. If there is no other place, a phone call takes that of a
   * `POST /start` promise. Default: false.
   */
  readonly maxSessions?: number | false;
  /** The longest session, in ms. Default: false. */
  readonly maxDurationMs?: number | false;
  /**
   * How long the other side may send nothing, in ms: no message on a phone or WebSocket, neither
   * audio nor an app message on WebRTC. An open microphone in silence, or a muted phone, still
   * sends audio. Rooms are not watched. Default: false.
   */
  readonly maxIdleMs?: number | false;
  /**
   * How many sessions one client may start in a minute: one network address, or one caller's
   * number. Default: 120 for addresses other than this machine's, no limit for callers.
   */
  readonly startsPerMinute?: number | false;
  /**
   * How late the event loop may be on average, in ms, before new sessions are refused; they are
   * accepted again at half of that. Fewer than ten sessions are always accepted: then something
   * else keeps the machine busy. Default: 10 with `serve`, else false; with false it is not
   * measured.
   */
  readonly maxLoopLagMs?: number | false;
}

/**
 * Limits in their internal form: an absent limit is unlimited; `Infinity` means no rate of starts.
 */
export type KeptLimits = { readonly [Name in keyof Limits]: Exclude<Limits[Name], false> };

/** Parses how many there may be at most. */
export const count: OptionParser<number> = option(
  "a whole number from 1, or false",
  (value): value is number => Number.isSafeInteger(value) && Number(value) > 0,
);
const time = option(
  `a number of milliseconds above 0 and up to ${LONGEST_TIMER_MS}, or false`,
  (value): value is number => typeof value === "number" && value > 0 && value <= LONGEST_TIMER_MS,
);

/** The parsers of limits. */
export const LIMITS: OptionParsers<Limits> = {
  maxSessions: orFalse(count),
  maxDurationMs: orFalse(time),
  maxIdleMs: orFalse(time),
  startsPerMinute: orFalse(count),
  maxLoopLagMs: orFalse(time),
};

/**
 * Checks the limits.
 *
 * @throws {RunnerError} `bad_option`, naming the wrong one.
 */
export function keptLimits(limits: Limits): KeptLimits {
  const { startsPerMinute, ...others } = parseOptions<Limits>(LIMITS, limits, "limits");
  const kept = Object.entries(others).filter(([, value]) => value !== false);
  return {
    ...Object.fromEntries(kept),
    ...(startsPerMinute === undefined ? {} : { startsPerMinute: startsPerMinute || Infinity }),
  };
}
