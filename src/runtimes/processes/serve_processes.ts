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
  /** How many processes; `auto` is one per core. */
  readonly count: number | "auto";
  /** The most sessions of all processes together. Default: no limit. */
  readonly maxSessions?: number;
  /**
   * Serves Prometheus metrics at `/metrics`, summed over all processes, to requests with this token
   * of 16 characters or more. Default: off.
   */
  readonly metricsToken?: string;
  /** How long SIGTERM waits for sessions to end, in ms. Default: 25000. */
  readonly drainMs?: number;
  /** Called once with their address when all processes listen, in the process that was started. */
  readonly listening?: (url: string) => void;
}

/**
 * Runs this program as several processes that share one port, on Linux: on Deno (with `-A`, and
 * `--unstable-net`, which it adds by itself), Node 22.12 and Bun. The process that you start starts
 * and restarts the others, has the directory through which they find each other, and never calls
 * `serve`. Each of the others calls it once, with options for this host's `serve`. Resolves when
 * they were stopped: SIGTERM lets sessions end first, SIGINT ends them.
 *
 * All of them run the code before this call.
 *
 * @throws {RunnerError} `bad_option` if the host cannot share a port, or has too few ports;
 * `not_permitted` without Deno's `-A`; `port_in_use`, and whatever else keeps them from listening.
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
