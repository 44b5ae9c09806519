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
import { callFrom, type Innocent } from "./innocent_call.ts";
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
const SIEGE_MS = 32_000;
const REPORT_MS = 4000;
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
  const state = async (): Promise<BesiegedState> => (await fetch(`${url}/fuzz/state`)).json();
  try {
    const { residentMB } = await state();
    const fdsBefore = countFds(pid);
    await using innocent = await callFrom(url);
    await sleep(CALM_MS);
    const calm = await innocent.report();
    const { sent, notices, memory } = await attack(url, innocent, state, seed);
    await until(async () => (await state()).sessions === 1);
    await innocent[Symbol.asyncDispose]();
    await until(async () => (await state()).sessions === 0);
    await until(() => countFds(pid) <= fdsBefore + MOST_LEFT_FDS);
    const after = await state();
    const worst = worstOf(notices);
    const fdsLeft = countFds(pid) - fdsBefore;
    const what = [
      ...harmTo(worst),
      ...(after.sessions > 0 ? [`${after.sessions} sessions are left`] : []),
      ...(fdsLeft > MOST_LEFT_FDS ? [`${fdsLeft} file descriptors are left`] : []),
      ...growthOf(memory),
      ...after.uncaught.map((error) => `uncaught: ${error}`),
    ];
    const text = (of: (notice: Notice) => number) => `${Math.round(of(calm))} → ${of(worst)} ms`;
    return {
      inputs: sent.reduce((sum, count) => sum + count, 0),
      faults: what.map((what) => ({ target: host, what, input: `seed ${seed}` })),
      figures: {
        sent: sent.join(" + "),
        "audio gap": text(({ gapMs }) => gapMs),
        message: text(({ answerMs }) => answerMs),
        "/livez": text(({ livezMs }) => livezMs),
        MB: [residentMB, ...memory, after.residentMB].map(Math.round).join(" "),
        "fds left": fdsLeft,
        faults: what.length,
      },
    };
  } finally {
    await stop("SIGKILL");
  }
}

/** What happened while all attacked. */
interface Attacked {
  /** How much each attacker has sent: strangers, two clients, and one who spoils handshakes. */
  readonly sent: readonly number[];
  readonly notices: readonly Notice[];
  /** Memory of the runner at each report, in MB. */
  readonly memory: readonly number[];
}

async function attack(
  url: string,
  innocent: Innocent,
  state: () => Promise<BesiegedState>,
  seed: number,
): Promise<Attacked> {
  const first = await innocent.report();
  const notices = [first];
  const memory: number[] = [];
  const stopping = new AbortController();
  const recorded = () => notices.at(-1)!.recorded.map((hex) => Uint8Array.fromHex(hex));
  const attackers = [
    strangers(first.address, recorded, seeded(seed), PER_BURST),
    insider(answerOf(url), seeded(seed + 1), PER_BURST),
    insider(answerOf(url), seeded(seed + 2), PER_BURST),
    spoiler(answerOf(url), seeded(seed + 3)),
  ].map((attack) => attack(stopping.signal));
  for (let passed = 0; passed < SIEGE_MS; passed += REPORT_MS) {
    await sleep(REPORT_MS);
    notices.push(await innocent.report());
    memory.push((await state()).residentMB);
  }
  stopping.abort();
  return { sent: await Promise.all(attackers), notices, memory };
}

/** The worst of all that an innocent caller has noticed, in whole ms. */
function worstOf(notices: readonly Notice[]): Notice {
  const most = (of: (notice: Notice) => number) => Math.round(Math.max(...notices.map(of)));
  return {
    ...notices[0]!,
    gapMs: most(({ gapMs }) => gapMs),
    answerMs: most(({ answerMs }) => answerMs),
    livezMs: most(({ livezMs }) => livezMs),
    ended: notices.some(({ ended }) => ended),
  };
}

function harmTo({ gapMs, answerMs, livezMs, ended }: Notice): string[] {
  return [
    ...(ended ? ["the innocent call has ended"] : []),
    ...(gapMs > MOST_MS ? [`the innocent call heard nothing for ${gapMs} ms`] : []),
    ...(answerMs > MOST_MS ? [`a message was answered after ${answerMs} ms`] : []),
    ...(livezMs > MOST_MS ? [`/livez took ${livezMs} ms`] : []),
  ];
}

/** Memory may grow while code is compiled and caches are filled, and not after that. */
function growthOf(memory: readonly number[]): string[] {
  const growth = memory.at(-1)! - memory[Math.floor(memory.length / 2)]!;
  return growth > MOST_GROWTH_MB ? [`memory grew by ${growth} MB in the second half`] : [];
}

const answerOf = (origin: string) => async (sdp: string): Promise<string> => {
  const body = JSON.stringify({ sdp, type: "offer" });
  const response = await fetch(`${origin}/api/offer`, { method: "POST", body });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail);
  return answer.sdp;
};

/** Waits until something holds, but not for ever. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + QUIET_MS;
  while (performance.now() < end && !await holds()) await sleep(500);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
