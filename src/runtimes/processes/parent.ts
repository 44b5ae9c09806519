/**
 * The parent of several processes that serve on one port: it starts them, starts those again that end, and
 * has the directory by which they find each other. It takes no requests itself.
 *
 * @module
 */
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getLogger } from "../../core/log.ts";
import { randomHex } from "../../core/bytes.ts";
import { delay, inTime, within } from "../../core/wait.ts";
import { MemoryFleet } from "../../nodes/memory_fleet.ts";
import { MemoryOnceStore } from "../../sessions/once.ts";
import { MemorySessionStore } from "../../sessions/store.ts";
import { listenError } from "../listen_error.ts";
import { runningAgain } from "./again.ts";
import { directoryAnswers } from "./directory.ts";
import { createLink, type Link } from "./link.ts";
import type { MetricRecord, SharedMetrics } from "./shared_metrics.ts";
import type { Listening, SessionCounts, Stop, Welcome } from "./messages.ts";
import { checkShares, freePort, type Shared, shareOf } from "./ports.ts";

const logger = getLogger(["pipecat", "runner", "processes"]);

/** How long to wait before a process is started again, in ms: at first, and at most. */
const FIRST_RESTART_MS = 100;
const LAST_RESTART_MS = 10_000;
/** A process that has listened for so long has not failed at its start, in ms. */
const STEADY_MS = 10_000;
/** A process that says nothing for so long hangs, in ms: it speaks every two seconds. */
const SILENT_MS = 15_000;
/** How often that is looked at, in ms. */
const LOOK_MS = 2_000;
/** How long a process may take to answer, in ms. */
const ANSWER_MS = 2_000;
/** How long a process may take to end, after its sessions, in ms. */
const END_MS = 10_000;
const SECRET_BYTES = 32;

/** How processes are started. */
export interface ProcessesPlan extends Shared {
  /** The name or address on which all listen. */
  readonly hostname: string;
  /** The secret by which they forward to each other. Default: one of this run. */
  readonly secret?: string | undefined;
  /** How long the end of sessions is waited for, in ms. */
  readonly drainMs: number;
}

/** Processes that serve on one port. */
export interface ProcessGroup {
  /**
   * Resolves when all listen, or have ended; undefined where the first has ended before it listened: it
   * has said why.
   */
  readonly listening: Promise<Listening | undefined>;
  /** Resolves with an exit code when no process is left, and none is started again. */
  readonly ended: Promise<number>;
  /** How many sessions run, and how many are promised. */
  load(): Promise<SessionCounts>;
  /** Ends all processes; resolves when they have ended. */
  stop(wish: Stop): Promise<void>;
  /** Ends all processes at once. */
  kill(): void;
}

/** A process. */
interface Slot {
  readonly index: number;
  child?: ChildProcess;
  link?: Link;
  /** Where the others reach it. */
  origin?: string;
  /** What it says hello with. */
  token?: string;
  welcome?: Welcome;
  /** When it began to listen. */
  listensSince?: number;
  /** Resolves when it listens, with what it says, or when it has ended. */
  begun: PromiseWithResolvers<Listening | undefined>;
}

/**
 * Starts processes that run this very program, each told by its environment that it is one of them.
 *
 * @throws {RunnerError} `bad_option` where there is not a port for each; `not_permitted`; `port_in_use`,
 * `port_not_allowed` or `host_not_available` where they cannot listen.
 */
export async function startProcesses(plan: ProcessesPlan): Promise<ProcessGroup> {
  checkShares(plan);
  const runAgain = runningAgain();
  const { count, hostname, drainMs } = plan;
  const port = await freePort(hostname, plan.port).catch((cause) => {
    throw listenError(cause, plan);
  });
  const secret = plan.secret ?? randomHex(SECRET_BYTES);
  const fleet = new MemoryFleet();
  const slots = Array.from({ length: count }, (_, index): Slot => ({
    index,
    begun: Promise.withResolvers(),
  }));
  let stopping = false;
  /** Set once a process listens: what ends after that is started again. */
  let served = false;
  let metrics: Promise<SharedMetrics> | undefined;

  // Only this user can reach what lies in there.
  const folder = await mkdtemp(join(tmpdir(), "pipecat-"));
  const path = join(folder, "directory");
  const directory = directoryAnswers({
    fleet,
    store: new MemorySessionStore(),
    once: new MemoryOnceStore(),
  });
  const server = await listen(path, (socket) => {
    let slot: Slot | undefined;
    const link = createLink(socket, {
      ...directory,
      hello(token: string) {
        slot = slots.find((slot) => slot.token === token);
        if (!slot?.welcome) throw new Error("Nobody was started with this token");
        slot.link = link;
        return slot.welcome;
      },
      listening(facts: Listening) {
        if (!slot) return;
        served = true;
        slot.listensSince = performance.now();
        slot.begun.resolve(facts);
      },
      metrics: () => gatherMetrics(),
      async log(sessionId: string) {
        const logs = await Promise.all(slots.map((slot) => ask(slot, "log", sessionId)));
        return logs.find((log) => log !== undefined);
      },
      alive() {},
    });
    void link.closed.then(() => {
      if (slot?.link === link) delete slot.link;
    });
  });
  /** Asks a process; undefined where it does not answer. */
  async function ask(slot: Slot, question: string, ...args: unknown[]): Promise<unknown> {
    const answer = slot.link?.ask(question, ...args).catch(() => undefined);
    return await inTime(ANSWER_MS, answer ?? Promise.resolve(undefined), () => undefined);
  }

  async function gatherMetrics(): Promise<string> {
    metrics ??= import("./shared_metrics.ts").then(({ createSharedMetrics }) =>
      createSharedMetrics()
    );
    const shared = await metrics;
    await Promise.all(slots.map(async (slot) => {
      const told = await ask(slot, "metrics");
      if (told) shared.tell(slot.index, told as MetricRecord[]); // what `ownMetrics` has made
    }));
    return await shared.text();
  }

  /** Runs a process to its end; resolves with its exit code. */
  async function runOnce(slot: Slot): Promise<number> {
    const share = await shareOf({ ...plan, port }, slot.index);
    slot.token = randomHex(SECRET_BYTES);
    slot.welcome = { port, secret, share, index: slot.index, count };
    slot.origin = `http://127.0.0.1:${share.ownPort}`;
    const child = slot.child = runAgain(`${slot.token}@${path}`);
    const code = await new Promise<number>((resolve) => {
      child.once("error", (error) => {
        logger.error("A process cannot be started: {error}", { error });
        resolve(1);
      });
      child.once("exit", (code, signal) => resolve(code ?? (signal ? 128 : 1)));
    });
    await fleet.withdraw(slot.origin);
    delete slot.child;
    (await metrics)?.ended(slot.index);
    return code;
  }

  /** Keeps a process running; resolves with its code where none has ever listened. */
  async function keep(slot: Slot): Promise<number> {
    let pause = FIRST_RESTART_MS;
    let told = false;
    for (;;) {
      const code = await runOnce(slot);
      const { listensSince } = slot;
      const listened = listensSince !== undefined;
      const steady = listened && performance.now() - listensSince > STEADY_MS;
      delete slot.listensSince;
      slot.begun.resolve(undefined);
      if (stopping) return 0;
      if (!served) return code || 1;
      if (steady) {
        pause = FIRST_RESTART_MS;
        told = false;
      }
      if (!told) {
        logger.error("Process {index} ended with code {code}; it is started again", {
          index: slot.index + 1,
          code,
        });
      }
      told = true;
      await delay(pause);
      if (stopping) return 0;
      pause = Math.min(pause * 2, LAST_RESTART_MS);
      slot.begun = Promise.withResolvers();
    }
  }

  const looking = setInterval(() => {
    for (const { child, link, listensSince, index } of slots) {
      if (!link || listensSince === undefined) continue;
      if (performance.now() - link.heardAt() < SILENT_MS) continue;
      logger.error("Process {index} hangs, and is ended", { index: index + 1 });
      child?.kill("SIGKILL");
    }
  }, LOOK_MS);

  const [first, ...others] = slots as [Slot, ...Slot[]];
  const begin = async (): Promise<number> => {
    const firstRun = keep(first);
    const facts = await first.begun.promise;
    if (facts === undefined) return await firstRun;
    const codes = await Promise.all([firstRun, ...others.map(keep)]);
    return Math.max(...codes);
  };
  const kill = () => {
    stopping = true;
    for (const { child } of slots) child?.kill("SIGKILL");
  };
  const ended = begin().finally(async () => {
    clearInterval(looking);
    await close(server);
    await rm(folder, { recursive: true, force: true });
  });
  return {
    ended,
    listening: (async () => {
      const facts = await first.begun.promise;
      if (facts) await Promise.all(others.map(({ begun }) => begun.promise));
      return facts;
    })(),
    async load() {
      const answers = await Promise.all(slots.map((slot) => ask(slot, "load")));
      const loads = answers.filter(Boolean) as SessionCounts[]; // a process tells no other load
      const sum = (of: keyof SessionCounts) => loads.reduce((sum, load) => sum + load[of], 0);
      return { sessions: sum("sessions"), promised: sum("promised") };
    },
    async stop(wish) {
      stopping = true;
      for (const { child, link } of slots) {
        if (link) link.ask("stop", wish).catch(() => {}); // it is gone already
        else child?.kill("SIGKILL");
      }
      const mostMs = (wish === "drained" ? drainMs : 0) + END_MS;
      await within(mostMs, ended);
      kill();
      await ended;
    },
    kill,
  };
}

function listen(path: string, answer: Parameters<typeof createServer>[1]): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({}, answer);
    server.once("error", reject);
    server.listen(path, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
