/**
 * The parent of several processes that serve on one port: it starts and restarts them, and has the
 * directory through which they find each other. It serves no requests itself.
 *
 * @module
 */
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomHex } from "../../core/bytes.ts";
import { within } from "../../core/wait.ts";
import { MemoryFleet } from "../../nodes/memory_fleet.ts";
import { MemoryOnceStore } from "../../sessions/once.ts";
import { MemorySessionStore } from "../../sessions/store.ts";
import { listenError } from "../listen_error.ts";
import { runningAgain } from "./again.ts";
import { directoryAnswers } from "./directory.ts";
import { keepProcess, type KeptProcess } from "./kept_process.ts";
import { createLink } from "./link.ts";
import type { SharedMetrics } from "./shared_metrics.ts";
import type { ChildAnswers, Listening, ParentAnswers, SessionCounts, Stop } from "./messages.ts";
import { checkShares, freePort, type Shared, shareOf } from "./ports.ts";

/** How often to check whether a process hangs, in ms. */
const LOOK_MS = 2_000;
/** How long a process may take to end after its sessions, in ms. */
const END_MS = 10_000;
const SECRET_BYTES = 32;

/** How processes are started. */
export interface ProcessesPlan extends Shared {
  /** The name or address on which all listen. */
  readonly hostname: string;
  /** The secret with which they forward to each other. Default: one for this run. */
  readonly secret?: string | undefined;
  /** How long to wait for sessions to end, in ms. */
  readonly drainMs: number;
}

/** Processes that serve on one port. */
export interface ProcessGroup {
  /**
   * Resolves when all listen, or have ended; undefined if the first ended before it listened, and
   * reported why.
   */
  readonly listening: Promise<Listening | undefined>;
  /** Resolves with an exit code when no process is left and none is restarted. */
  readonly ended: Promise<number>;
  /** How many sessions run, and how many are promised. */
  load(): Promise<SessionCounts>;
  /** Ends all processes; resolves when they have ended. */
  stop(wish: Stop): Promise<void>;
  /** Ends all processes at once. */
  kill(): void;
}

/**
 * Starts processes that run this same program; each learns from its environment that it is one of
 * them. The others start once the first listens, so that a common problem is reported once.
 *
 * @throws {RunnerError} `bad_option` if there is not a port for each; `not_permitted`;
 * `port_in_use`, `port_not_allowed` or `host_not_available` if they cannot listen.
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
  const processes: KeptProcess[] = [];
  let stopping = false;
  /** Set once a process listens: from then on, a process that ends is restarted. */
  let served = false;
  let metrics: Promise<SharedMetrics> | undefined;

  // Only this user can reach what is in it.
  const folder = await mkdtemp(join(tmpdir(), "pipecat-"));
  const path = join(folder, "directory");
  const directory = directoryAnswers({
    fleet,
    store: new MemorySessionStore(),
    once: new MemoryOnceStore(),
  });
  const server = await listen(path, (socket) => {
    let process: KeptProcess | undefined;
    const toOwn: Omit<ParentAnswers, "hello"> = {
      ...directory,
      listening(facts) {
        served = true;
        process?.listens(facts);
      },
      metrics: () => gatherMetrics(),
      async log(sessionId) {
        const logs = await askAll("log", sessionId);
        return logs.find((log) => log !== undefined);
      },
      alive() {},
    };
    const answers = {
      hello(token: string) {
        process = processes.find((each) => each.says(token));
        if (!process) throw new Error("No process was started with this token");
        Object.assign(answers, toOwn); // nobody else is answered
        return process.meet(link);
      },
    };
    const link = createLink<ChildAnswers>(socket, answers);
  });

  const askAll = <Name extends keyof ChildAnswers>(
    question: Name,
    ...args: Parameters<ChildAnswers[Name]>
  ) => Promise.all(processes.map((process) => process.ask(question, ...args)));

  async function gatherMetrics(): Promise<string> {
    metrics ??= import("./shared_metrics.ts").then((module) => module.createSharedMetrics());
    const shared = await metrics;
    for (const [index, told] of (await askAll("metrics")).entries()) {
      if (told) shared.tell(index, told);
    }
    return await shared.text();
  }

  const keep = (index: number): KeptProcess => {
    const kept = keepProcess({
      index,
      async start() {
        const share = await shareOf({ ...plan, port }, index);
        const token = randomHex(SECRET_BYTES);
        const child = runAgain(`${token}@${path}`);
        if (stopping) child.kill("SIGKILL"); // it was requested in the meantime
        return { child, token, welcome: { port, secret, share, index, count } };
      },
      again: () => served && !stopping,
      async over({ welcome: { share } }) {
        await fleet.withdraw(`http://127.0.0.1:${share.ownPort}`);
        (await metrics)?.ended(index);
      },
    });
    processes.push(kept);
    return kept;
  };

  const looking = setInterval(() => {
    for (const process of processes) process.endIfSilent();
  }, LOOK_MS);
  const first = keep(0);
  const listening = (async () => {
    const facts = await first.begun;
    if (!facts || stopping) return facts;
    for (let index = 1; index < count; index++) keep(index);
    await Promise.all(processes.map(({ begun }) => begun));
    return facts;
  })();
  const ended = (async () => {
    await first.begun; // until then there are no others
    const codes = await Promise.all(processes.map(({ ended }) => ended));
    clearInterval(looking);
    await close(server);
    await rm(folder, { recursive: true, force: true });
    return stopping ? 0 : Math.max(1, ...codes);
  })();
  const kill = () => {
    stopping = true;
    for (const process of processes) process.kill();
    rmSync(folder, { recursive: true, force: true }); // this process may be about to exit
  };
  return {
    listening,
    ended,
    async load() {
      const loads = (await askAll("load")).filter((load) => load !== undefined);
      const sum = (of: keyof SessionCounts) => loads.reduce((sum, load) => sum + load[of], 0);
      return { sessions: sum("sessions"), promised: sum("promised") };
    },
    async stop(wish) {
      stopping = true;
      for (const process of processes) process.stop(wish);
      await within((wish === "drained" ? drainMs : 0) + END_MS, ended);
      kill();
      await ended;
    },
    kill,
  };
}

function listen(path: string, connected: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(connected);
    server.once("error", reject);
    server.listen(path, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
