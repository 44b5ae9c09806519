/**
 * A runner with an innocent call, and all kinds of attackers around it.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT } from "../cli/child.ts";
import { type Installed, start, type Started, tool } from "../runtimes/hosts.ts";
import { countFds } from "./fds.ts";
import { insider, spoiler, strangers } from "./fuzz_udp_attackers.ts";
import type { UdpFault } from "./fuzz_udp_judge.ts";
import type { BesiegedState } from "./fuzz_udp_server.ts";
import type { Notice } from "./innocent.ts";
import { callFrom } from "./innocent_call.ts";
import { seeded } from "./random.ts";

const SERVER = "fuzz_udp_server.ts";
const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** How the server is run, by host. */
export const HOSTS = {
  Deno: () => {
    const config = join(ROOT, "deno.json");
    const flags = ["run", "-A", "--v8-flags=--expose-gc", "--config", config];
    return start(Deno.execPath(), [...flags, here(SERVER)], ROOT);
  },
  Node: ({ path }: Installed) => start(tool("node"), ["--expose-gc", SERVER], path),
  Bun: ({ path }: Installed) => start(tool("bun"), [SERVER], path),
} satisfies Record<string, (installed: Installed) => Promise<Started>>;

/** The hosts. */
export type Host = keyof typeof HOSTS;

/** What became of a siege. */
export interface Siege {
  readonly inputs: number;
  readonly faults: readonly UdpFault[];
  readonly figures: Readonly<Record<string, string | number>>;
}

const CALM_MS = 5000;
const SIEGE_MS = 40_000;
const REPORT_MS = 5000;
/** Datagrams that each attacker sends in a burst of 10 ms. */
const PER_BURST = 12;
/** Longer than what a busy machine does to a call by itself. */
const MOST_MS = 500;
/** Longer than an unconnected call, or one of a silent client, is kept. */
const QUIET_MS = 75_000;
const MOST_LEFT_FDS = 6;
/** What the second half of a siege may add, in MB. */
const MOST_GROWTH_MB = 60;

/** Besieges a host. */
export async function besiege(host: Host, installed: Installed, seed: number): Promise<Siege> {
  if (host !== "Deno") await Deno.copyFile(here(SERVER), join(installed.path, SERVER));
  const { url, pid, stop } = await HOSTS[host](installed);
  const faults: UdpFault[] = [];
  const fault = (what: string) => void faults.push({ target: host, what, input: `seed ${seed}` });
  const state = async (): Promise<BesiegedState> => (await fetch(`${url}/fuzz/state`)).json();
  try {
    const { fds, residentMB } = { ...await state(), fds: countFds(pid) };
    await using innocent = await callFrom(url);
    await sleep(CALM_MS);
    const calm = await innocent.report();
    const under = [await innocent.report()];
    const stopping = new AbortController();
    const recorded = () => under.at(-1)!.recorded.map((hex) => Uint8Array.fromHex(hex));
    const attackers = [
      strangers(calm.address, recorded, seeded(seed), PER_BURST),
      insider(answerOf(url), seeded(seed + 1), PER_BURST),
      insider(answerOf(url), seeded(seed + 2), PER_BURST),
      spoiler(answerOf(url), seeded(seed + 3)),
    ].map((attack) => attack(stopping.signal));
    const memory: number[] = [];
    for (let passed = 0; passed < SIEGE_MS; passed += REPORT_MS) {
      await sleep(REPORT_MS);
      under.push(await innocent.report());
      memory.push((await state()).residentMB);
    }
    stopping.abort();
    const sent = await Promise.all(attackers);
    const worst = (of: (notice: Notice) => number) => Math.round(Math.max(...under.map(of)));
    const [gap, answer, livez] = [
      worst(({ gapMs }) => gapMs),
      worst(({ answerMs }) => answerMs),
      worst(({ livezMs }) => livezMs),
    ];
    if (under.some(({ ended }) => ended)) fault("the innocent call has ended");
    if (gap > MOST_MS) fault(`the innocent call heard nothing for ${gap} ms`);
    if (answer > MOST_MS) fault(`a message was answered after ${answer} ms`);
    if (livez > MOST_MS) fault(`/livez took ${livez} ms`);
    await until(async () => (await state()).sessions === 1, QUIET_MS);
    await innocent[Symbol.asyncDispose]();
    await until(async () => (await state()).sessions === 0, QUIET_MS);
    await until(() => Promise.resolve(countFds(pid) <= fds + MOST_LEFT_FDS), QUIET_MS);
    const after = await state();
    const left = countFds(pid) - fds;
    if (after.sessions > 0) fault(`${after.sessions} sessions are left`);
    if (left > MOST_LEFT_FDS) fault(`${left} file descriptors are left`);
    const growth = memory.at(-1)! - memory[Math.floor(memory.length / 2)]!;
    if (growth > MOST_GROWTH_MB) fault(`memory grew by ${growth} MB in the second half`);
    for (const error of after.uncaught) fault(`uncaught: ${error}`);
    const text = (of: (notice: Notice) => number) => `${Math.round(of(calm))} → ${worst(of)} ms`;
    return {
      inputs: sent.reduce((sum, count) => sum + count, 0),
      faults,
      figures: {
        strangers: sent[0]!,
        clients: sent[1]! + sent[2]!,
        handshakes: sent[3]!,
        "audio gap": text(({ gapMs }) => gapMs),
        message: text(({ answerMs }) => answerMs),
        "/livez": text(({ livezMs }) => livezMs),
        MB: [residentMB, ...memory, after.residentMB].map(Math.round).join(" "),
        "fds left": left,
        faults: faults.length,
      },
    };
  } finally {
    await stop("SIGKILL");
  }
}

const answerOf = (origin: string) => async (sdp: string): Promise<string> => {
  const body = JSON.stringify({ sdp, type: "offer" });
  const response = await fetch(`${origin}/api/offer`, { method: "POST", body });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail);
  return answer.sdp;
};

async function until(holds: () => Promise<boolean>, ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end && !await holds()) await sleep(500);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
