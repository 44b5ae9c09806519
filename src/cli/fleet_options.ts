/**
 * The options for several processes.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { originOf } from "../core/origin.ts";
import { ORIGIN, parseOrigins } from "./access_options.ts";
import { parseCount } from "./limit_options.ts";
import type { Option } from "./option.ts";

/** More is probably a mistake. */
const MOST_PROCESSES = 256;
const STORE_URL = /^(rediss?:\/\/|valkeys?:\/\/|kv:)/;

/** Those options. */
export const FLEET_OPTIONS: readonly Option[] = [
  {
    name: "processes",
    takes: "number",
    help: "run this many processes on one port (Linux); auto: one per core",
    variable: "PIPECAT_PROCESSES",
    set: (value) => ({ processes: parseProcesses(value) }),
  },
  {
    name: "store",
    takes: "url",
    help: "the store that runners on several machines share: redis://host:6379, " +
      "rediss:, valkey:, or kv: for Deno KV; they also share one RUNNER_SECRET",
    variable: "PIPECAT_STORE",
    // An error in it is reported later, without its value, which may contain a password.
    set: (storeUrl) => ({ storeUrl: parseStore(storeUrl) }),
  },
  {
    name: "advertise",
    takes: "origin",
    help: "where the store's other runners reach this one, such as http://10.0.0.7:7860. " +
      "Default: this machine's address, if it has only one",
    variable: "PIPECAT_ADVERTISE",
    set: (value) => ({ advertise: parseAdvertise(value) }),
  },
  {
    name: "fleet-max-sessions",
    takes: "number",
    help:
      "most sessions at one time in all runners of the store together; --max-sessions applies " +
      "to each of them",
    variable: "PIPECAT_FLEET_MAX_SESSIONS",
    set: (value) => ({ fleetMaxSessions: parseCount(value) }),
  },
  {
    name: "media-nodes",
    takes: "origin",
    help: "one or more runners that hold the WebRTC sessions; all share one RUNNER_SECRET",
    variable: "PIPECAT_MEDIA_NODES",
    entry: ORIGIN,
    set: (value, { mediaNodes = [] }) => ({ mediaNodes: [...mediaNodes, ...parseOrigins(value)] }),
  },
];

function parseProcesses(value: string): number {
  if (value === "auto") return navigator.hardwareConcurrency;
  const count = /^[1-9]\d{0,3}$/.test(value) ? Number(value) : 0;
  if (count > 0 && count <= MOST_PROCESSES) return count;
  throw new RunnerError("usage", `Give a number from 1 to ${MOST_PROCESSES}, or auto.`);
}

function parseStore(value: string): string {
  if (STORE_URL.test(value)) return value;
  // By another code than `usage`, its value is not repeated.
  const takes = "a URL such as redis://redis.example.com:6379, or kv:";
  throw new RunnerError("bad_option", `Option '--store <url>' takes ${takes}.`);
}

function parseAdvertise(value: string): string {
  const origin = originOf(value);
  if (origin !== undefined) return origin;
  throw new RunnerError("usage", "Give an origin such as http://10.0.0.7:7860.");
}
