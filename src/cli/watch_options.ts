/**
 * The options for whoever watches a runner: what it says of itself, and its metrics.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import type { LogFormat, Option } from "./option.ts";

/** Those options. */
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
      "serve Prometheus metrics at /metrics to whoever sends this token as Authorization: Bearer",
    variable: "PIPECAT_METRICS_TOKEN",
    // Checked later, for what is wrong with an option is told with its value.
    set: (metricsToken) => ({ metricsToken }),
  },
  {
    name: "verbose",
    short: "v",
    help: "say more; -vv says everything",
    variable: "PIPECAT_VERBOSE",
    set: (_value, { verbose }) => ({ verbose: verbose + 1 }),
  },
];

function parseFormat(value: string): LogFormat {
  if (value === "text" || value === "json") return value;
  throw new RunnerError("usage", "Allowed choices are text, json.");
}
