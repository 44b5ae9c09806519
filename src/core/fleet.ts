/**
 * The port through which equal processes know of each other: who is there, who has which session, and
 * how often a client has begun one anywhere.
 *
 * Everything in it ends by itself, so a process that dies leaves nothing behind. The times are given
 * here because the runner renews by them.
 *
 * @module
 */

/** How long an announcement stands, in ms: a process that has died is forgotten after that. */
export const NODE_MS = 6_000;
/** How long a claim stands, in ms. */
export const CLAIM_MS = 60_000;

/** How much a process has to do. */
export interface NodeLoad {
  /** Whether it takes new sessions. */
  readonly ready: boolean;
  /** How many sessions run there. */
  readonly sessions: number;
  /** How many more have a place there, and have not begun. */
  readonly promised: number;
  /** The most of both together; `Infinity` where there is no limit. */
  readonly maxSessions: number;
}

/** A process of a fleet. */
export interface FleetNode extends NodeLoad {
  /** The origin under which the others reach it, such as `http://10.0.0.7:7860`. */
  readonly origin: string;
}

/** How often something may happen: `limit` times at once, and so many again in each `windowMs`. */
export interface FleetRate {
  /** How many times in a window; a whole number from 1. */
  readonly limit: number;
  /** How long the window is, in ms. */
  readonly windowMs: number;
}

/**
 * What the processes of a fleet share. Each implementation passes the same tests
 * (`tests/nodes/fleet_contract.ts`).
 *
 * Any method may reject with whatever the implementation's client throws; the runner waits 2 s for each
 * call, and answers with `store_unavailable` and status 503 where it needed the result.
 */
export interface Fleet {
  /**
   * Tells the others of a process, in place of what it told before. It stands for 6 s
   * ({@link NODE_MS}); the runner renews it every 2 s, and at once when it changes much.
   */
  announce(node: FleetNode): Promise<void>;
  /** Takes a process out of the fleet: it ends. Does nothing for one that is not known. */
  withdraw(origin: string): Promise<void>;
  /** The processes that have announced themselves and live, in no order. */
  nodes(): Promise<readonly FleetNode[]>;
  /**
   * Says which process has a session or a peer, in place of who had it before. It stands for 60 s
   * ({@link CLAIM_MS}); the runner renews it every 20 s for as long as the session runs.
   */
  claim(id: string, origin: string): Promise<void>;
  /** The origin of the process that has claimed an id; undefined for one that nobody has. */
  owner(id: string): Promise<string | undefined>;
  /** Ends a claim. Does nothing for one that is not known. */
  release(id: string): Promise<void>;
  /**
   * Counts one start on a key, such as a client's address, where its rate allows that, and tells
   * whether it did. It is one step: of two processes that ask for the last start, one gets it. What
   * was refused costs nothing.
   */
  take(key: string, rate: FleetRate): Promise<boolean>;
}
