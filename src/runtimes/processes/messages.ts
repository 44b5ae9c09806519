/**
 * What a process and its parent tell each other.
 *
 * @module
 */
import type { TransportName } from "../../core/bot.ts";
import type { DirectoryAnswers } from "./directory.ts";
import type { Share } from "./ports.ts";
import type { MetricRecord } from "./shared_metrics.ts";

/** How a process should stop: at once, or when its sessions are over. */
export type Stop = "now" | "drained";

/** What a process is told after it says hello. */
export interface Welcome {
  /** The port that all processes share. */
  readonly port: number;
  /** The secret with which they forward to each other. */
  readonly secret: string;
  readonly share: Share;
  /** Numbers the processes from 0. */
  readonly index: number;
  /** How many there are. */
  readonly count: number;
}

/** What the first process that listens reports, for all. */
export interface Listening {
  /** The runner's address. */
  readonly url: string;
  /** The bot's name. */
  readonly bot: string;
  readonly bots: readonly string[];
  readonly transports: readonly TransportName[];
}

/** How many sessions there are. */
export interface SessionCounts {
  readonly sessions: number;
  readonly promised: number;
}

/** What a process answers to its parent. */
export type ChildAnswers = {
  stop(wish: Stop): void;
  load(): SessionCounts;
  /** The log of a session, if this process has it. */
  log(sessionId: string): unknown;
  metrics(): Promise<MetricRecord[]>;
};

/** What the parent answers to a process. */
export type ParentAnswers = DirectoryAnswers & {
  /** Welcomes the process that was started with a token; undefined if its life is over. */
  hello(token: string): Welcome | undefined;
  listening(facts: Listening): void;
  /** The metrics of all processes, as one. */
  metrics(): Promise<string>;
  /** The log of a session, from whichever process has it. */
  log(sessionId: string): Promise<unknown>;
  alive(): void;
};
