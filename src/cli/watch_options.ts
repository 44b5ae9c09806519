/**
 * The options for whoever watches a runner: the format of its log, its metrics, and recordings.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import type { LogFormat, Option } from "./option.ts";

/** Those options, in the order of the help. */
export const WATCH_OPTIONS: readonly Option[] = [
  {
    name: "watch",
    help:
      "load the bot again when its code has changed; calls go\non with the code they began with",
    set: () => ({ watch: true }),
  },
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
      "serve Prometheus metrics at /metrics to whoever sends\nthis token as Authorization: Bearer",
    variable: "PIPECAT_METRICS_TOKEN",
    // Checked later, for what is wrong with an option is told with its value.
    set: (metricsToken) => ({ metricsToken }),
  },
  {
    name: "record",
    takes: "folder",
    help:
      "record every session there, as it is heard: a WAV, the user\nleft and the bot right, and a JSON",
    variable: "PIPECAT_RECORD",
    set: (record) => ({ record }),
  },
  {
    name: "record-numbers",
    help: "name the numbers of phone calls in recordings",
    set: () => ({ recordNumbers: true }),
  },
];

function parseFormat(value: string): LogFormat {
  if (value === "text" || value === "json") return value;
  throw new RunnerError("usage", "Allowed choices are text, json.");
}
