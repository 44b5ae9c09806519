/**
 * Ends sessions that last too long, or whose other side has fallen silent.
 *
 * @module
 */
import type { KeptLimits } from "./limits.ts";
import type { Connection } from "./session.ts";

/** How many checks to make within the allowed idle time. */
const LOOKS = 4;

/** What is watched of a session. */
export interface WatchedSession {
  readonly limits: KeptLimits;
  readonly connection?: Connection | undefined;
  /** Ends the session, saying why. */
  readonly end: (reason: string) => void;
}

/** Watches a session until the returned function is called; undefined if there is no limit. */
export function watchSession(
  { limits, connection, end }: WatchedSession,
): (() => void) | undefined {
  const { maxDurationMs, maxIdleMs = Infinity } = limits;
  if (maxDurationMs === undefined && maxIdleMs === Infinity) return undefined;
  const longest = maxDurationMs === undefined ? undefined : setTimeout(
    () => end(`The session has reached its limit of ${maxDurationMs / 1000} s.`),
    maxDurationMs,
  );
  let before = connection?.received;
  let silent = 0;
  // Checks are counted instead of the clock, so that a stall of this process does not count as a
  // client's silence.
  const look = () => {
    const now = connection?.received;
    silent = now === before ? silent + 1 : 0;
    before = now;
    if (silent === LOOKS) end(`Nothing came from the other side for ${maxIdleMs / 1000} s.`);
  };
  const looking = maxIdleMs === Infinity || before === undefined
    ? undefined
    : setInterval(look, maxIdleMs / LOOKS);
  return () => {
    clearTimeout(longest);
    clearInterval(looking);
  };
}
