/**
 * Three processes behind nginx with a real Redis, under calls and starts, and what these notice: when a
 * fourth process joins, one is killed, one stopped, Redis is away and comes back empty, all three are
 * replaced, and more come than may.
 *
 *   deno task fleet:faults [joins] [killed] [stopped] [redis] [deploy] [limits]
 *
 * @module
 */
import { type Cluster, startCluster } from "../interop/fleet/cluster.ts";
import { type Directory, startDirectory } from "../interop/fleet/directory.ts";
import { type LoadOptions, quantile, startLoad, type Tally } from "../interop/fleet/load.ts";
import type { Limits } from "../../src/sessions/limits.ts";

/** About twenty calls at a time. */
const SOME: LoadOptions = { callsPerSecond: 2, callMs: 8000, startsPerSecond: 5 };
/** About sixty. */
const MANY: LoadOptions = { callsPerSecond: 5, callMs: 11_000, startsPerSecond: 5 };
const BEFORE_MS = 4000;
const AFTER_MS = 12_000;

interface Place {
  readonly cluster: Cluster;
  readonly directory: Directory;
}

interface Scenario {
  readonly what: string;
  readonly load: LoadOptions;
  /** What happens, while they come. */
  happen(place: Place): Promise<void>;
  /** Whether it went as it should. */
  isGood(tally: Tally): boolean;
}

const nobodyHarmed = ({ cut, busy, failed, refused, lost }: Tally) =>
  cut + busy + failed + refused + lost === 0;

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  joins: {
    what: "a fourth process joins",
    load: SOME,
    async happen({ cluster }) {
      const { balancer, processes, start } = cluster;
      await start();
      await balancer.use(processes.map(({ port }) => port));
    },
    isGood: nobodyHarmed,
  },
  killed: {
    what: "one of three is killed",
    load: SOME,
    async happen({ cluster: { processes } }) {
      const [first] = processes;
      first?.signal("SIGKILL");
      await first?.ended;
    },
    // Its own calls are cut, and the sockets that were to come to it.
    isGood: ({ busy, failed, refused, lost, cut }) =>
      cut < 15 && busy + failed + refused + lost <= 2,
  },
  stopped: {
    what: "one of three is stopped for 10 s",
    load: SOME,
    async happen({ cluster: { processes } }) {
      const [first] = processes;
      first?.signal("SIGSTOP");
      await pause(10_000);
      first?.signal("SIGCONT");
    },
    isGood: ({ busy, refused }) => busy + refused === 0,
  },
  redis: {
    what: "Redis is away for 10 s, and comes back empty",
    load: SOME,
    async happen({ directory: { server } }) {
      await server?.kill();
      await pause(10_000);
      await server?.start();
    },
    isGood: ({ cut, lost }) => cut + lost <= 2,
  },
  deploy: {
    what: "all three are replaced, one by one",
    load: MANY,
    async happen({ cluster }) {
      const { balancer, processes, start } = cluster;
      for (const old of [...processes].slice(0, 3)) {
        await start();
        await balancer.use(processes.map(({ port }) => port));
        old.signal("SIGTERM");
        await pause(1000); // the balancer learns of it late, as those of Kubernetes do
        const next = processes.filter((process) => process !== old);
        await balancer.use(next.map(({ port }) => port));
        await old.ended;
      }
    },
    isGood: nobodyHarmed,
  },
};

const chosen = Deno.args.length > 0 ? Deno.args : [...Object.keys(SCENARIOS), "limits"];
const table: Record<string, unknown> = {};
let good = true;
for (const name of chosen) {
  if (name === "limits") {
    await compareLimits();
    continue;
  }
  const scenario = SCENARIOS[name];
  if (!scenario) throw new Error(`There is no scenario ${name}`);
  const tally = await play(scenario);
  good &&= scenario.isGood(tally);
  const { calls, cut, busy, failed, starts, refused, lost, times, reasons } = tally;
  const [p50, p99, max] = [0.5, 0.99, 1].map((part) => quantile(times, part));
  table[scenario.what] = { calls, cut, busy, failed, starts, refused, lost, p50, p99, max };
  for (const reason of reasons) console.error(`${name}: ${reason}`);
}
if (Object.keys(table).length > 0) console.table(table);
console.log(good ? "ok" : "FAILED");
Deno.exitCode = good ? 0 : 1;

async function play({ load: options, happen }: Scenario): Promise<Tally> {
  await using directory = await startDirectory("redis");
  await using cluster = await startCluster(3, { directory: directory.url });
  const load = startLoad(cluster.url, options);
  await pause(BEFORE_MS);
  await happen({ cluster, directory });
  await pause(AFTER_MS);
  return await load.end();
}

/** Lets more come than may, and counts who is let in. */
async function compareLimits(): Promise<void> {
  const rows: Record<string, unknown> = {};
  const compare = async (what: string, limits: Limits, allowed: number, come: Come) => {
    await using directory = await startDirectory("redis");
    await using cluster = await startCluster(3, { directory: directory.url, limits });
    const letIn = await come(cluster, 3 * allowed);
    const off = Math.round(1000 * (letIn - allowed) / allowed) / 10;
    rows[what] = { allowed, came: 3 * allowed, "let in": letIn, "off by %": off };
    good &&= Math.abs(off) <= 5;
  };
  await compare("--max-sessions 20, three processes, calls", { maxSessions: 20 }, 60, callAtOnce);
  await compare("--start-rate 40, three processes", { startsPerMinute: 40 }, 40, startAtOnce);
  console.table(rows);
}

/** Lets so many come; returns how many were let in. */
type Come = (cluster: Cluster, count: number) => Promise<number>;

async function callAtOnce({ url }: Cluster, count: number): Promise<number> {
  const load = startLoad(url, { callsPerSecond: 20, callMs: 20_000, startsPerSecond: 0 });
  await pause(1000 * count / 20);
  const { calls, cut } = await load.end();
  return calls + cut;
}

async function startAtOnce({ url }: Cluster, count: number): Promise<number> {
  const statuses = await Promise.all(Array.from({ length: count }, async () => {
    const response = await fetch(`${url}/start`, {
      method: "POST",
      body: '{"transport":"websocket"}',
    });
    await response.body?.cancel();
    return response.status;
  }));
  return statuses.filter((status) => status === 200).length;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
