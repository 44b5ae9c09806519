/**
 * How much a runner takes on.
 *
 * @module
 */
import { RunnerError } from "./error.ts";

/** Limits of a runner. What is left out is not limited, but for the rate of starts. */
export interface Limits {
  /**
   * The most sessions at one time. Those count too that were promised, by `POST /start` or to a
   * carrier, and whose media has some seconds to come. A phone call takes the place of one that
   * `POST /start` promised when there is no other.
   */
  readonly maxSessions?: number;
  /** The longest session, in seconds. */
  readonly maxDuration?: number;
  /**
   * How long nothing may come from the other side, in seconds: on a phone or a WebSocket no message,
   * on WebRTC neither audio nor an app message. Whoever is silent with an open microphone, or muted
   * on the phone, still sends audio. Rooms are not watched.
   */
  readonly maxIdle?: number;
  /**
   * How many sessions one client may begin in a minute: one network address, or one caller's number.
   * `Infinity` limits nobody. Default: 120 for an address that is not this machine's own; callers are
   * not limited.
   */
  readonly startsPerMinute?: number;
  /**
   * How late the event loop may be on average, in ms, before new sessions are refused; they are
   * taken again at half of it. Fewer than ten sessions are taken however late it is: then something
   * else keeps the machine busy. `serve` sets 10 unless given; `Infinity` measures and refuses
   * nobody.
   */
  readonly maxLoopLag?: number;
}

/** The longest time that a timer can wait, in seconds. */
const LONGEST_TIMER_S = (2 ** 31 - 1) / 1000;

/**
 * Returns the limits as they were given.
 *
 * @throws {RunnerError} `bad_limit`, naming the one that is of no use.
 */
export function checkLimits(limits: Limits): Limits {
  const { maxSessions = 1, maxDuration = 1, maxIdle = 1, startsPerMinute = 1 } = limits;
  const { maxLoopLag = 1 } = limits;
  const count = (value: number) => Number.isInteger(value) && value > 0;
  const time = (value: number) => value > 0 && value <= LONGEST_TIMER_S;
  if (!count(maxSessions)) throw bad("maxSessions", "a whole number from 1");
  if (!time(maxDuration)) throw bad("maxDuration", "a number of seconds above 0");
  if (!time(maxIdle)) throw bad("maxIdle", "a number of seconds above 0");
  if (!count(startsPerMinute) && startsPerMinute !== Infinity) {
    throw bad("startsPerMinute", "a whole number from 1");
  }
  if (!(maxLoopLag > 0)) throw bad("maxLoopLag", "a number of milliseconds above 0");
  return limits;
}

function bad(name: string, wanted: string): RunnerError {
  return new RunnerError("bad_limit", `The limit ${name} has to be ${wanted}.`);
}
