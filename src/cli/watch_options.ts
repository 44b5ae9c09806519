/**
 * The options for whoever watches a runner: the format of its log, and its metrics.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import type { Option } from "./options.ts";

/** How a line of the log is written. */
export type LogFormat = "text" | "json";

/** Those options, in the order of the help. */
export const WATCH_OPTIONS: readonly Option[] = [
  {
    name: "log",
    takes: "format",
    help: "how the log is written, on stderr: text or json",
    variable: "PIPECAT_LOG",
    set: (value) => ({ log: parseFormat(value) }),
  },
  {
    name: "metrics-token",
    takes: "token",
    help:
      "serve metrics for Prometheus at /metrics, to those who\nbring this token as Authorization: Bearer",
    variable: "PIPECAT_METRICS_TOKEN",
    // Checked later, for what is wrong with an option is told with its value.
    set: (metricsToken) => ({ metricsToken }),
  },
];

function parseFormat(value: string): LogFormat {
  if (value === "text" || value === "json") return value;
  throw new RunnerError("usage", "Allowed choices are text, json.");
}
