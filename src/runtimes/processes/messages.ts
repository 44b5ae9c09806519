/**
 * What a process and its parent tell each other.
 *
 * @module
 */
import type { TransportName } from "../../core/bot.ts";
import type { DirectoryAnswers } from "./directory.ts";
import type { Share } from "./ports.ts";
import type { MetricRecord } from "./shared_metrics.ts";

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

/** What a process answers to its parent. */
export type ChildAnswers = {
  stop(wish: Stop): void;
  load(): SessionCounts;
  /** What is logged of a session, where this process has it. */
  log(sessionId: string): unknown;
  metrics(): Promise<MetricRecord[]>;
};

/** What the parent answers to a process. */
export type ParentAnswers = DirectoryAnswers & {
  /** Welcomes the process that was started with a token; undefined where its life is over. */
  hello(token: string): Welcome | undefined;
  listening(facts: Listening): void;
  /** The metrics of all processes, as those of one. */
  metrics(): Promise<string>;
  /** What is logged of a session, by whichever process has it. */
  log(sessionId: string): Promise<unknown>;
  alive(): void;
};
