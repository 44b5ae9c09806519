/**
 * What the process uses, and which program it is.
 *
 * @module
 */
import { Counter, Gauge, type Registry } from "./prometheus.ts";

/** What a host knows about its process. */
export interface ProcessUsage {
  /** The version of this package. */
  readonly version: string;
  /** The host, such as `deno`. */
  readonly runtime: string;
  /** The version of the host. */
  readonly runtimeVersion: string;
  /** When the process began, in seconds since 1970. */
  readonly startedAt: number;
  /** CPU time that it has used so far, in seconds. */
  cpuSeconds(): number;
  /** Its resident memory, in bytes. */
  residentBytes(): number;
}

/** Adds the metrics, under the names that Prometheus' own clients use. */
export function addProcess(registry: Registry, usage: ProcessUsage): void {
  const registers = [registry];
  new Counter({
    name: "process_cpu_seconds_total",
    help: "CPU time that the process has used, in seconds.",
    registers,
    collect() {
      this.reset();
      this.inc(usage.cpuSeconds());
    },
  });
  new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory of the process, in bytes.",
    registers,
    collect() {
      this.set(usage.residentBytes());
    },
  });
  new Gauge({
    name: "process_start_time_seconds",
    help: "When the process began, in seconds since 1970.",
    aggregator: "min", // of several processes
    registers,
  }).set(usage.startedAt);
  const { version, runtime, runtimeVersion: runtime_version } = usage;
  new Gauge({
    name: "pipecat_runner_build_info",
    help: "Always 1; its labels say which program runs on which host.",
    aggregator: "first",
    labelNames: ["version", "runtime", "runtime_version"],
    registers,
  }).set({ version, runtime, runtime_version }, 1);
}
