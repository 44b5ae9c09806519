/**
 * How loaded a runner is, as gauges.
 *
 * @module
 */
import { Gauge, type Registry } from "./prometheus.ts";
import type { Load } from "../../core/load.ts";

/** Adds the gauges; each reads the load on every scrape. */
export function addLoad(registry: Registry, load: () => Load): void {
  const gauge = (
    name: string,
    help: string,
    read: (load: Load) => number,
    aggregator: "sum" | "max" = "sum", // of several processes
  ) =>
    new Gauge({
      name: `pipecat_runner_${name}`,
      help,
      aggregator,
      registers: [registry],
      collect() {
        this.set(read(load()));
      },
    });
  gauge(
    "sessions_promised",
    "Sessions promised by POST /start or a ringing phone that have not begun.",
    ({ promised }) => promised,
  );
  gauge(
    "sessions_max",
    "The most sessions at one time, promised ones included; +Inf if unlimited.",
    ({ maxSessions = Infinity }) => maxSessions,
  );
  gauge(
    "ready",
    "1 while new sessions are taken, 0 while they are refused.",
    ({ status }) => Number(status === "ready"),
    "max",
  );
}
