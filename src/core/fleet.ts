/**
 * The port through which equal processes find each other: which exist, which has which session, and
 * how often a client has started one anywhere.
 *
 * Everything in it expires, so a process that dies leaves nothing behind. The times are defined
 * here because the runner renews by them.
 *
 * @module
 */

/** How long an announcement is valid, in ms; then a process that has died is forgotten. */
export const NODE_MS = 6_000;
/** How long a claim is valid, in ms. */
export const CLAIM_MS = 60_000;

/** How busy a process is. */
export interface NodeLoad {
  /** Whether it takes new sessions. */
  readonly ready: boolean;
  /** How many sessions run there. */
  readonly sessions: number;
  /** How many more are promised there and have not begun. */
  readonly promised: number;
  /** The most of both together; `Infinity` if unlimited. */
  readonly maxSessions: number;
}

/** A process of a fleet. */
export interface FleetNode extends NodeLoad {
  /** The origin at which the others reach it, such as `http://10.0.0.7:7860`. */
  readonly origin: string;
}

/** How often something may happen: `limit` times at once, and as often again in each `windowMs`. */
export interface FleetRate {
  /** How many times in a window; a whole number from 1. */
  readonly limit: number;
  /** How long the window is, in ms. */
  readonly windowMs: number;
}

/** A place of a session among those of all processes together. */
export interface FleetPlace {
  /** How long it is kept, in ms. */
  readonly ms: number;
  /** How many there are at most; absent for a running session, which has its place in any case. */
  readonly most?: number;
  /**
   * A `promise` is a session that was started and whose client has yet to come. A `call` takes the
   * place of the oldest promise if there is no other. A `session` does neither.
   */
  readonly kind: "promise" | "call" | "session";
}

/**
 * What the processes of a fleet share. Each implementation passes the same tests
 * (`tests/nodes/fleet_contract.ts`).
 *
 * Any method may reject with whatever the implementation's client throws. The runner waits 2 s for
 * each call; if it needed the result, it answers `store_unavailable` with status 503.
 */
export interface Fleet {
  /**
   * Announces a process to the others, replacing its last announcement. It is valid for 6 s
   * ({@link NODE_MS}); the runner renews it every 2 s, and at once when it changes much.
   */
  announce(node: FleetNode): Promise<void>;
  /** Removes a process from the fleet, when it ends. Does nothing if the process is unknown. */
  withdraw(origin: string): Promise<void>;
  /** The live processes that have announced themselves, in no order. */
  nodes(): Promise<readonly FleetNode[]>;
  /**
   * Says which process has a session or a peer, replacing any earlier claim. It is valid for 60 s
   * ({@link CLAIM_MS}); the runner renews it every 20 s while the session runs.
   */
  claim(id: string, origin: string): Promise<void>;
  /** The origin of the process that claims an id; undefined if none does. */
  owner(id: string): Promise<string | undefined>;
  /** Ends a claim. Does nothing if there is none. */
  release(id: string): Promise<void>;
  /**
   * Counts one start for a key, such as a client's address, if its rate allows it, and returns
   * whether it did. This is atomic: of two processes that ask for the last start, one gets it. A
   * refused start costs nothing.
   */
  take(key: string, rate: FleetRate): Promise<boolean>;
  /**
   * Takes a place for a session, or extends the one it has, and returns whether it has one. This is
   * atomic: of two processes that ask for the last place, one gets it. Absent if places are not
   * counted; `fleetMaxSessions` needs it.
   */
  hold?(id: string, place: FleetPlace): Promise<boolean>;
  /** Gives a place back. Does nothing for an unknown one. */
  free?(id: string): Promise<void>;
}
