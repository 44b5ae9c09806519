/**
 * Several processes of a program that serves bots, on one port.
 *
 * @module
 */
import { availableParallelism } from "node:os";
import process from "node:process";
import { DRAIN_MS } from "../../sessions/session_set.ts";
import type { RunnerServer } from "../server.ts";
import type { ServeOptions } from "../serve_options.ts";
import { PROCESS_VARIABLE } from "./again.ts";
import type { Membership } from "./child.ts";

/** How processes serve together. */
export interface ProcessesOptions
  extends Pick<ServeOptions, "hostname" | "port" | "tcpPort" | "udpPort" | "udpPorts"> {
  /** How many processes; `auto` is one for each core. */
  readonly count: number | "auto";
  /** The most sessions of all processes together. Default: no limit. */
  readonly maxSessions?: number;
  /**
   * Turns on metrics for Prometheus at `/metrics`, the sums of all processes, for those who bring this
   * token, of 16 characters or more. Default: off.
   */
  readonly metricsToken?: string;
  /** How long SIGTERM waits for sessions to end, in ms. Default: 25000. */
  readonly drainMs?: number;
  /** Is called once, where the program was started, when all processes listen: with their address. */
  readonly listening?: (url: string) => void;
}

/**
 * Runs this program as several processes that share one port, on Linux: on Deno (with `-A` and
 * `--unstable-net`, which it adds by itself), Node 22.12 and Bun. The process that was started starts the
 * others, and again those that end; it has the directory by which they find each other, and calls
 * `serve` not at all. Each of the others calls it once, with options that go to the `serve` of this
 * host. Resolves when they were stopped: SIGTERM lets sessions end first, SIGINT ends them.
 *
 * Whatever stands before it in the program is run by all of them.
 *
 * @throws {RunnerError} `bad_option` where the host shares no port, or has too few ports; `not_permitted`
 * without Deno's `-A`; `port_in_use` and what else keeps them from listening.
 *
 * @example
 * ```ts ignore
 * import { serve, serveProcesses } from "@pipecat/runner/node";
 *
 * const listening = (url: string) => console.log(`Open ${url}/client/`);
 * await serveProcesses({ count: "auto", port: 7860, listening }, (shared) => serve(bot, shared));
 * ```
 */
export async function serveProcesses(
  options: ProcessesOptions,
  serve: (shared: ServeOptions) => Promise<RunnerServer>,
): Promise<void> {
  if (process.env[PROCESS_VARIABLE] === undefined) return await runParent(options);
  const { joinParent } = await import("./child.ts");
  await runChild(await joinParent(), options, serve);
}

async function runParent(options: ProcessesOptions): Promise<void> {
  const { count, hostname = "localhost", port = 7860, drainMs = DRAIN_MS, listening } = options;
  const { startProcesses } = await import("./parent.ts");
  const group = await startProcesses({
    ...options,
    count: count === "auto" ? availableParallelism() : count,
    hostname,
    port,
    drainMs,
    secret: process.env.RUNNER_SECRET,
  });
  let asked = false;
  const stop = (signal: "SIGINT" | "SIGTERM") => {
    if (asked) return group.kill();
    asked = true;
    void group.stop(signal === "SIGTERM" ? "drained" : "now");
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  try {
    void group.listening.then((facts) => facts && listening?.(facts.url));
    process.exitCode = await group.ended;
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

async function runChild(
  membership: Membership,
  { hostname, metricsToken, maxSessions, drainMs = DRAIN_MS }: ProcessesOptions,
  serve: (shared: ServeOptions) => Promise<RunnerServer>,
): Promise<void> {
  const { options, partOf, mergeMetrics, asked } = membership;
  const { sharedHealth } = await import("./shared_health.ts");
  const metrics = metricsToken === undefined
    ? []
    : [(await import("../process_metrics.ts")).processMetrics(metricsToken, mergeMetrics)];
  const server = await serve({
    ...options,
    ...(hostname === undefined ? {} : { hostname }),
    ...(maxSessions === undefined ? {} : { limits: { maxSessions: partOf(maxSessions) } }),
    use: [sharedHealth(options.fleet, options.advertise), ...metrics],
  });
  const { url, runner: { bots, transports, sessions } } = server;
  await membership.listening({ url, bot: "", bots, transports }, () => sessions.load);
  if (await asked === "drained") await server.drain({ deadlineMs: drainMs });
  else await server.close();
  membership.close();
}
