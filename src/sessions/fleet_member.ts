/**
 * What a runner's sessions need from their fleet.
 *
 * @module
 */
import type { Visit } from "./admission.ts";
import type { KeptLimits } from "./limits.ts";

/**
 * Informs the other processes about this one's sessions. Only {@link FleetMember.pay} and
 * {@link FleetMember.admitted} throw.
 */
export interface FleetMember {
  /** Makes an id that leads to this process, with `pc_` before that of a peer. */
  newId(prefix: "" | "pc_"): Promise<string>;
  /**
   * Counts a session against the rate of starts for all processes together. If the fleet does not
   * answer it is admitted, since this process also counts.
   *
   * @throws {RunnerError} `too_many_starts` for a client that has started enough.
   */
  pay(client: string, limits: KeptLimits): Promise<void>;
  /**
   * A session has its place here: no other process need keep one for it, or run it. If the sessions of
   * all processes are limited, it takes a place among them.
   *
   * @throws {RunnerError} `fleet_full` if there is none.
   */
  admitted(id: string, visit: Visit): Promise<void>;
  /**
   * A session will not begin: no other process need keep a place for it.
   *
   * @param here Whether it had its place here.
   */
  dismissed(id: string, here: boolean): void;
  /** A session runs here from now on. */
  began(id: string): void;
  /** A session no longer runs here, or will not begin. */
  ended(id: string): void;
  /** The numbers of sessions and places may have changed. */
  changed(): void;
}
