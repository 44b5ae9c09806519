/**
 * One of several processes that serve on one port, as its parent started it.
 *
 * @module
 */
import { connect } from "node:net";
import process from "node:process";
import type { Registry } from "../../features/metrics/prometheus.ts";
import type { MergeMetrics } from "../../features/metrics/metrics.ts";
import type { ServeOptions } from "../serve_options.ts";
import { PROCESS_VARIABLE } from "./again.ts";
import { linkedFleet, linkedStore } from "./directory.ts";
import { createLink } from "./link.ts";
import type { MediaPorts } from "./ports.ts";
import type { ChildAnswers, Listening, ParentAnswers, SessionCounts, Stop } from "./messages.ts";

/** How often a process tells its parent that it is alive, in ms. */
const ALIVE_MS = 2_000;

/** What a process gets from its parent. */
export interface Membership {
  /** What it should serve with. */
  readonly options:
    & Required<
      Pick<ServeOptions, "advertise" | "fleet" | "ownPort" | "port" | "secret" | "store">
    >
    & MediaPorts;
  /** Its share of the most sessions of all processes. */
  partOf(maxSessions: number): number;
  /** Resolves when it should stop: `drained` at SIGTERM, and when the parent is gone. */
  readonly asked: Promise<Stop>;
  /** Shows the metrics of all processes as one. */
  readonly mergeMetrics: MergeMetrics;
  /** The log of sessions: here, and in the other processes. */
  readonly logs: {
    offer(read: (sessionId: string) => unknown): void;
    find(sessionId: string): Promise<unknown>;
  };
  /**
   * Tells the parent that it listens.
   *
   * @param counts Returns how many sessions there are, whenever the parent asks.
   */
  listening(facts: Listening, counts: () => SessionCounts): Promise<void>;
  /** Releases what it has from its parent, including its memory of the others. */
  close(): void;
}

/** Joins the parent of this process. */
export async function joinParent(): Promise<Membership> {
  const [token = "", path = ""] = (process.env[PROCESS_VARIABLE] ?? "").split(/@(.*)/s, 2);
  delete process.env[PROCESS_VARIABLE]; // what the bot starts is not such a process
  const socket = connect(path);
  const { promise: asked, resolve: ask } = Promise.withResolvers<Stop>();
  let stopping = false;
  let registry: Registry | undefined;
  let readLog = (_sessionId: string): unknown => undefined;
  let counts = (): SessionCounts => ({ sessions: 0, promised: 0 });
  const answers: ChildAnswers = {
    stop(wish) {
      stopping = true;
      ask(wish);
    },
    load: () => counts(),
    log: (sessionId) => readLog(sessionId),
    async metrics() {
      if (!registry) return [];
      return await (await import("./shared_metrics.ts")).ownMetrics(registry);
    },
  };
  const link = createLink<ParentAnswers>(socket, answers);
  void link.closed.then(() => {
    if (stopping) process.exit(1); // the parent was asked a second time
    ask("drained");
  });
  // A terminal's Ctrl-C reaches all processes and is meant for the parent; a signal to this one
  // alone lets it drain.
  const ignore = () => {};
  const drain = () => ask("drained");
  process.on("SIGINT", ignore);
  process.on("SIGTERM", drain);
  const welcome = await link.ask("hello", token);
  if (!welcome) throw new Error("This process has already been given up");
  const { port, secret, share, index, count } = welcome;
  const { ownPort, ...media } = share;
  // A hanging process is silent, and is ended for that.
  const alive = setInterval(() => void link.ask("alive").catch(() => {}), ALIVE_MS);
  return {
    options: {
      ...media,
      port,
      secret,
      ownPort,
      advertise: `http://127.0.0.1:${ownPort}`,
      store: linkedStore(link),
      fleet: linkedFleet(link),
    },
    partOf: (maxSessions) => Math.max(1, Math.floor((maxSessions + index) / count)),
    asked,
    mergeMetrics: {
      join: (own) => registry = own,
      text: () => link.ask("metrics"),
    },
    logs: {
      offer: (read) => readLog = read,
      find: (sessionId) => link.ask("log", sessionId),
    },
    async listening(facts, own) {
      counts = own;
      await link.ask("listening", facts);
    },
    close() {
      process.off("SIGINT", ignore);
      process.off("SIGTERM", drain);
      clearInterval(alive);
      stopping = false;
      link.close();
    },
  };
}
