/**
 * How loaded a runner is.
 *
 * @module
 */

/** Whether new sessions are taken, and if not, why. */
export type Readiness = "ready" | "full" | "overloaded" | "draining" | "closed";

/** How loaded a runner is, as `GET /readyz` reports it. */
export interface Load {
  /** Whether new sessions are taken. */
  readonly status: Readiness;
  /** How many sessions run. */
  readonly sessions: number;
  /** How many more are promised, and have not begun. */
  readonly promised: number;
  /** The most of both together, if limited. */
  readonly maxSessions?: number;
  /** The mean lateness of the event loop, in ms, if measured. */
  readonly lag?: number;
}
