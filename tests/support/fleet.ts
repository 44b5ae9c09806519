/**
 * Processes of one fleet in this process, behind a balancer that knows nothing of sessions.
 */
import { delay } from "../../src/core/wait.ts";
import type { Platform } from "../../src/core/platform.ts";
import { MemoryFleet } from "../../src/nodes/memory_fleet.ts";
import { createRunner, type Runner, type RunnerOptions } from "../../src/runner.ts";
import type { RunnerArguments } from "../../src/core/bot.ts";
import { MemoryOnceStore } from "../../src/sessions/once.ts";
import { MemorySessionStore, type SessionStore } from "../../src/sessions/store.ts";
import { type MemoryPlatform, memoryPlatform } from "../../src/testing/mod.ts";
import { type FakeNetwork, fakeNetwork } from "./fake_network.ts";
import { fakePeers } from "./fake_peers.ts";

/** A process of a fleet under test. */
export interface FleetProcess {
  readonly origin: string;
  readonly runner: Runner;
  readonly platform: MemoryPlatform;
  /** What its bot was called with; it stays until its session ends. */
  readonly calls: RunnerArguments[];
  readonly peers: ReturnType<typeof fakePeers>["peers"];
}

/** A fleet under test. */
export interface TestFleet extends AsyncDisposable {
  readonly processes: readonly FleetProcess[];
  readonly fleet: MemoryFleet;
  readonly store: SessionStore;
  readonly network: FakeNetwork;
  /** Answers by each process in turn. */
  readonly balancer: {
    fetch(request: Request, platform?: Platform): Response | Promise<Response>;
  };
  /** Adds one process. */
  add(options?: RunnerOptions): Promise<FleetProcess>;
  /** What one process has sent to another, besides questions about its health. */
  sent(): string[];
}

/** A store that all share, with what may happen once. */
export function sharedStore(): SessionStore {
  const records = new MemorySessionStore();
  return {
    put: (key, record, ttl) => records.put(key, record, ttl),
    get: (key) => records.get(key),
    take: (key) => records.take(key),
    extend: (key, ttl) => records.extend(key, ttl),
    once: new MemoryOnceStore(),
  };
}

/** What a test changes of a fleet. */
export interface TestFleetOptions {
  /** What their own fleet, where they have one in the options, tells to. */
  readonly fleet?: MemoryFleet;
  /** Whether each process has two bots, `greeter` and `sales`. */
  readonly several?: boolean;
}

/** Makes a fleet of so many processes. */
export async function testFleet(
  count: number,
  options: RunnerOptions = {},
  { fleet = new MemoryFleet(), several = false }: TestFleetOptions = {},
): Promise<TestFleet> {
  const store = sharedStore();
  const network = fakeNetwork();
  const processes: FleetProcess[] = [];

  async function add(own: RunnerOptions = {}): Promise<FleetProcess> {
    const origin = `http://10.0.0.${processes.length + 1}:7860`;
    const webrtc = fakePeers();
    const calls: RunnerArguments[] = [];
    const bot = async (args: RunnerArguments) => {
      calls.push(args);
      await new Promise<void>((resolve) =>
        args.signal.addEventListener("abort", () => resolve(), { once: true })
      );
    };
    const runner = createRunner(several ? { greeter: bot, sales: bot } : bot, {
      webrtc,
      secret: "a secret that the processes share",
      fleet,
      advertise: origin,
      store,
      insecureCarriers: true,
      ...options,
      ...own,
    });
    const platform = memoryPlatform();
    network.hosts.set(origin, (request) => runner.fetch(request, platform));
    const made = { origin, runner, platform, calls, peers: webrtc.peers };
    processes.push(made);
    await runner.ready();
    while (!(await fleet.nodes()).some((node) => node.origin === origin)) await delay(1);
    return made;
  }
  for (let i = 0; i < count; i++) await add();

  let turn = 0;
  return {
    processes,
    fleet,
    store,
    network,
    balancer: {
      fetch: (request, platform) =>
        processes[turn++ % processes.length]!.runner.fetch(request, platform),
    },
    add,
    sent: () => network.sent.filter((line) => !line.endsWith("/readyz")),
    async [Symbol.asyncDispose]() {
      await Promise.all(processes.map(({ runner }) => runner.close()));
      network[Symbol.dispose]();
    },
  };
}

/** Waits for what is told between processes; a second at most. */
export async function eventually(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const until = performance.now() + 1000;
  while (!await isSo()) {
    if (performance.now() > until) throw new Error(`It did not come about: ${isSo}`);
    await delay(1);
  }
}

/** Sends JSON, and reads it. */
export async function send(
  target: { fetch(request: Request, platform?: Platform): Response | Promise<Response> },
  method: string,
  path: string,
  body: unknown = {},
) {
  const response = await target.fetch(
    new Request(`https://bot.test${path}`, {
      method,
      ...(method === "GET" ? {} : { body: JSON.stringify(body) }),
    }),
    memoryPlatform(),
  );
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    answer: text.startsWith("{") ? JSON.parse(text) : undefined,
  };
}
