/**
 * What a process and its parent tell each other.
 *
 * @module
 */
import type { TransportName } from "../../core/bot.ts";
import type { Share } from "./ports.ts";

/** How a process is to stop: at once, or when its sessions are over. */
export type Stop = "now" | "drained";

/** What a process is told when it has said hello. */
export interface Welcome {
  /** The port that all processes have. */
  readonly port: number;
  /** The secret by which they forward to each other. */
  readonly secret: string;
  readonly share: Share;
  /** Counts the processes from 0. */
  readonly index: number;
  /** How many there are. */
  readonly count: number;
}

/** What the first process that listens tells, for all. */
export interface Listening {
  /** Where the runner is served. */
  readonly url: string;
  /** What the bot is called. */
  readonly bot: string;
  readonly bots: readonly string[];
  readonly transports: readonly TransportName[];
}

/** How many sessions there are. */
export interface SessionCounts {
  readonly sessions: number;
  readonly promised: number;
}
