/**
 * The metrics of this process, as Deno, Node and Bun tell of it.
 *
 * @module
 */
import process from "node:process";
import { VERSION } from "../cli/version.ts";
import type { Feature } from "../features/feature.ts";
import { type MergeMetrics, metrics } from "../features/metrics/metrics.ts";

/**
 * Makes the metrics of a runner and its process, for requests with the token.
 *
 * @param merge Shows them with those of other processes.
 * @throws {RunnerError} `bad_option` if the token is too short.
 */
export function processMetrics(token: string, merge?: MergeMetrics): Feature {
  const { versions } = process;
  const runtime = (["deno", "bun"] as const).find((name) => versions[name] !== undefined) ?? "node";
  return metrics(token, {
    version: VERSION,
    runtime,
    runtimeVersion: versions[runtime] ?? "",
    startedAt: Date.now() / 1000 - process.uptime(),
    cpuSeconds() {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
    residentBytes: () => process.memoryUsage.rss(),
  }, merge);
}
