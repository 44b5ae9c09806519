/**
 * How loaded a runner is.
 *
 * @module
 */

/** Whether new sessions are taken, and if not, why. */
export type Readiness = "ready" | "full" | "overloaded" | "draining" | "closed";

/** How loaded a runner is, as `GET /readyz` tells it. */
export interface Load {
  /** Whether new sessions are taken. */
  readonly status: Readiness;
  /** How many sessions run. */
  readonly sessions: number;
  /** How many more have a place, and have not begun. */
  readonly promised: number;
  /** The most of both together, where that is limited. */
  readonly maxSessions?: number;
  /** How late the event loop is on average, in ms, where that is measured. */
  readonly lag?: number;
}
