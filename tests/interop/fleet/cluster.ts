/**
 * Processes of a fleet, each of its own, and the balancer in front of them.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { CARRIER_NAMES } from "../../../src/core/transport_names.ts";
import { freePort } from "../redis_server.ts";
import { type Balancer, startBalancer } from "./balancer.ts";
import type { Running } from "./bot.ts";
import type { ProcessOptions } from "./process.ts";

/** A process. */
export interface FleetProcess {
  readonly port: number;
  readonly url: string;
  signal(signal: "SIGTERM" | "SIGKILL" | "SIGSTOP" | "SIGCONT"): void;
  /** Resolves when it has ended. */
  readonly ended: Promise<unknown>;
}

/** Where callers come to, whatever is behind it. */
export interface Place extends AsyncDisposable {
  readonly url: string;
  /** The session of a call, wherever it runs. */
  sessionOf(callId: string): Promise<string>;
}

/** A fleet under test. */
export interface Cluster extends Place {
  readonly balancer: Balancer;
  /** Those that were started and have not ended. */
  readonly processes: readonly FleetProcess[];
  /** Starts another one; the balancer does not know of it yet. */
  start(options?: Partial<ProcessOptions>): Promise<FleetProcess>;
}

const PROCESS = fileURLToPath(new URL("process.ts", import.meta.url));

/** Starts so many processes that find each other in a directory. */
export async function startCluster(
  count: number,
  options: Omit<ProcessOptions, "port" | "secret">,
): Promise<Cluster> {
  const secret = crypto.randomUUID();
  const processes: FleetProcess[] = [];

  async function start(own: Partial<ProcessOptions> = {}): Promise<FleetProcess> {
    const port = freePort();
    const given: ProcessOptions = { ...options, secret, port, ...own };
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--unstable-kv", PROCESS, JSON.stringify(given)],
      stdin: "null",
      stdout: "piped",
      stderr: Deno.env.has("FLEET_LOG") ? "inherit" : "null",
    }).spawn();
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    if (!value) throw new Error("A process of the fleet has not started: set FLEET_LOG to see why");
    await reader.cancel();
    const process: FleetProcess = {
      port,
      url: `http://127.0.0.1:${port}`,
      signal: (signal) => child.kill(signal),
      ended: child.status.then(() => void processes.splice(processes.indexOf(process), 1)),
    };
    processes.push(process);
    return process;
  }

  const started = await Promise.all(Array.from({ length: count }, () => start()));
  const balancer = await startBalancer(freePort(), started.map(({ port }) => port));
  await new Promise((resolve) => setTimeout(resolve, 600)); // until each has read of the others
  for (const _ of started) {
    const health = await fetch(`${balancer.url}/readyz`);
    if (!health.ok) throw new Error(`Behind nginx nobody is ready: ${await health.text()}`);
    await health.body?.cancel();
  }
  return {
    url: balancer.url,
    balancer,
    processes,
    start,
    sessionOf: (callId) => found(callId, () => processes.map(({ url }) => url)),
    async [Symbol.asyncDispose]() {
      await balancer[Symbol.asyncDispose]();
      const left = [...processes];
      for (const process of left) process.signal("SIGKILL");
      await Promise.all(left.map(({ ended }) => ended));
    },
  };
}

/** Starts the command line with so many processes behind one port, and no server beside them. */
export async function startOnePort(count: number): Promise<Place> {
  const url = `http://127.0.0.1:${freePort()}`;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", MAIN, BOT, "--processes", `${count}`, "--port", new URL(url).port],
      ...["--host", "127.0.0.1", "--insecure-carriers", CARRIER_NAMES.join()],
    ],
    stdin: "null",
    stdout: "null",
    stderr: Deno.env.has("FLEET_LOG") ? "inherit" : "null",
  }).spawn();
  for (let i = 0; !await isReady(url); i++) {
    if (i > 1000) throw new Error("The command line does not serve: set FLEET_LOG to see why");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return {
    url,
    sessionOf: (callId) => found(callId, () => [url]),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

const MAIN = fileURLToPath(new URL("../../../mod.ts", import.meta.url));
const BOT = fileURLToPath(new URL("bot.ts", import.meta.url));

async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/readyz`).catch(() => undefined);
  await response?.body?.cancel();
  return response?.ok === true;
}

/** The session of a call that one of these runs; an address may be that of several. */
async function found(callId: string, urls: () => readonly string[]): Promise<string> {
  for (let i = 0; i < 500; i++) {
    const lists = await Promise.all(urls().map(runningAt));
    const known = lists.flat().find((running) => running.callId === callId);
    if (known) return known.sessionId;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("No process runs the call");
}

async function runningAt(url: string): Promise<readonly Running[]> {
  // Each connection may be another process's.
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  try {
    return await (await fetch(`${url}/running`, { client })).json();
  } finally {
    client.close();
  }
}
