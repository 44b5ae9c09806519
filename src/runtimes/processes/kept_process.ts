/**
 * A process that is restarted whenever it ends.
 *
 * @module
 */
import type { ChildProcess } from "node:child_process";
import { getLogger } from "../../core/log.ts";
import { delay, inTime } from "../../core/wait.ts";
import type { Ask, Link } from "./link.ts";
import type { ChildAnswers, Listening, Stop, Welcome } from "./messages.ts";

const logger = getLogger(["pipecat", "runner", "processes"]);

/** How long to wait before restarting a process, in ms: at first, and at most. */
const FIRST_RESTART_MS = 100;
const LAST_RESTART_MS = 10_000;
/** A process that has listened for this long did not fail at its start, in ms. */
const STEADY_MS = 10_000;
/** A process that is silent for this long hangs, in ms: it speaks every two seconds. */
const SILENT_MS = 15_000;
/** How long a process may take to answer, in ms. */
const ANSWER_MS = 2_000;

/** One life of a process. */
export interface Life {
  readonly child: ChildProcess;
  /** The token with which it says hello. */
  readonly token: string;
  readonly welcome: Welcome;
}

/** How a process is kept. */
export interface KeepOptions {
  /** Counts the processes from 0. */
  readonly index: number;
  /** Starts it. */
  start(): Promise<Life>;
  /** Whether to restart it. */
  again(): boolean;
  /** Called when a life is over. */
  over(life: Life): Promise<void>;
}

/** A process that is kept running. */
export interface KeptProcess {
  readonly index: number;
  /** Resolves with what it reports when it first listens; with undefined if it ends before. */
  readonly begun: Promise<Listening | undefined>;
  /** Resolves with its exit code, when it is not restarted. */
  readonly ended: Promise<number>;
  /** Whether this process says hello with a token. */
  says(token: string): boolean;
  /** Accepts the link of its life, and returns its welcome. */
  meet(link: Link<ChildAnswers>): Welcome | undefined;
  /** Accepts what it reports when it listens. */
  listens(facts: Listening): void;
  /** Asks it; undefined if it does not answer. */
  readonly ask: Ask<ChildAnswers, undefined>;
  /** Ends it gracefully; a process that has not said hello is ended at once. */
  stop(wish: Stop): void;
  /** Ends it at once. */
  kill(): void;
  /** Ends it if it hangs, so that it is restarted. */
  endIfSilent(): void;
}

/** Starts a process, and keeps it running. */
export function keepProcess({ index, start, again, over }: KeepOptions): KeptProcess {
  const { promise: begun, resolve: begin } = Promise.withResolvers<Listening | undefined>();
  let life: Life | undefined;
  let link: Link<ChildAnswers> | undefined;
  /** When it began to listen, by `performance.now()`. */
  let listensSince: number | undefined;

  /** Runs it to its end; resolves with its exit code, and whether it failed at its start. */
  async function live(): Promise<{ readonly code: number; readonly steady: boolean }> {
    const current = life = await start();
    const code = await exitOf(current.child);
    const steady = listensSince !== undefined && performance.now() - listensSince > STEADY_MS;
    life = link = listensSince = undefined;
    begin(undefined);
    await over(current);
    return { code, steady };
  }

  async function keep(): Promise<number> {
    let pause = FIRST_RESTART_MS;
    let told = false;
    for (;;) {
      const { code, steady } = await live();
      if (!again()) return code;
      if (steady) [pause, told] = [FIRST_RESTART_MS, false];
      const which = { index: index + 1, code };
      if (code === 0) logger.info("Process {index} has ended; another takes its place", which);
      else if (!told) {
        logger.error("Process {index} ended with code {code}; restarting it", which);
      }
      told = code !== 0;
      await delay(pause);
      if (!again()) return code;
      pause = Math.min(pause * 2, LAST_RESTART_MS);
    }
  }

  return {
    index,
    begun,
    ended: keep(),
    says: (token) => life !== undefined && life.token === token,
    meet(met) {
      link = met;
      return life?.welcome;
    },
    listens(facts) {
      listensSince = performance.now();
      begin(facts);
    },
    ask(question, ...args) {
      const answer = link?.ask(question, ...args).catch(() => undefined);
      return inTime(ANSWER_MS, answer ?? Promise.resolve(undefined), () => undefined);
    },
    stop(wish) {
      if (link) link.ask("stop", wish).catch(() => {}); // it is gone already
      else life?.child.kill("SIGKILL");
    },
    kill: () => void life?.child.kill("SIGKILL"),
    endIfSilent() {
      if (!link || listensSince === undefined) return;
      if (performance.now() - link.heardAt() < SILENT_MS) return;
      logger.error("Process {index} hangs; ending it", { index: index + 1 });
      life?.child.kill("SIGKILL");
    },
  };
}

/** Resolves with the exit code of a process; 128 if it was killed. */
function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once("error", (error) => {
      logger.error("A process could not be started: {error}", { error });
      resolve(1);
    });
    child.once("exit", (code, signal) => resolve(code ?? (signal ? 128 : 1)));
  });
}
