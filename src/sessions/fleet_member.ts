/**
 * What the sessions of a runner need of the fleet that it is one of.
 *
 * @module
 */
import type { KeptLimits } from "./limits.ts";

/** Speaks to the other processes for the sessions of this one. Nothing but {@link FleetMember.pay} throws. */
export interface FleetMember {
  /** Makes an id that leads to this process, with `pc_` before that of a peer. */
  newId(prefix: "" | "pc_"): Promise<string>;
  /**
   * Counts a session on the rate of starts that holds for all processes together. Where the fleet does
   * not answer it is let in, for this process counts too.
   *
   * @throws {RunnerError} `too_many_starts` for a client that has begun enough.
   */
  pay(client: string, limits: KeptLimits): Promise<void>;
  /** A session that was promised has its place here: whoever else keeps one for it, or runs it, need not. */
  took(id: string): void;
  /** A session will not begin: whoever else keeps a place for it need not. */
  dismissed(id: string): void;
  /** A session runs here from now on. */
  began(id: string): void;
  /** A session does not run here any more, or will not begin. */
  ended(id: string): void;
  /** There may be more or fewer sessions and places than before. */
  changed(): void;
}
