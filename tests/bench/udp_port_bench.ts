/**
 * What many calls on one UDP port cost against a port for each, in one run.
 *
 *   deno run -A tests/bench/udp_port_bench.ts [--sessions 200] [--packets 10] [--rounds 2]
 *
 * @module
 */
import { parseArgs } from "node:util";
import { countFds } from "../soak/fds.ts";
import { cpuSeconds, freePort, launch, spread } from "./process.ts";

const { values } = parseArgs({
  options: {
    sessions: { type: "string", default: "200" },
    packets: { type: "string", default: "10" },
    rounds: { type: "string", default: "2" },
  },
});
const here = (file: string) => new URL(file, import.meta.url).pathname;
const sessions = Number(values.sessions);
const SETTLE_MS = 3000;
const MEASURE_MS = 10_000;
const MODES = ["own", "shared"] as const;

interface Measured {
  /** Percent of a core for each session. */
  readonly cpu: number;
  /** Memory for each session once the garbage is collected, in KB. */
  readonly kilobytes: number;
  readonly files: number;
  /** Those that are still there at the end, which a busy machine loses. */
  readonly sessions: number;
  /** The share of what was sent that has come, in percent. */
  readonly arrived: number;
}

async function measure(mode: typeof MODES[number]): Promise<Measured> {
  const port = freePort();
  await using server = await launch(
    ["run", "-A", "--v8-flags=--expose-gc", here("udp_port_server.ts"), `${port}`, mode],
    port,
  );
  const ask = async (path: string) => Number(await (await fetch(`${server.origin}${path}`)).text());
  await wait(1000);
  const idleBytes = await ask("/memory");
  const callers = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      here("udp_port_callers.ts"),
      server.origin,
      values.sessions,
      values.packets,
    ],
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let sent: number | undefined;
  const reading = (async () => {
    for await (const chunk of callers.stdout.pipeThrough(new TextDecoderStream())) {
      sent = Number(chunk.trim().split("\n").at(-1));
    }
  })();
  let ended = false;
  void callers.status.then(() => ended = true);
  while (sent === undefined) {
    if (ended) throw new Error("The callers have ended.");
    await wait(100);
  }
  await wait(SETTLE_MS);
  const [cpuBefore, sentBefore, receivedBefore] = [
    cpuSeconds(server.pid),
    sent,
    await ask("/received"),
  ];
  const began = performance.now();
  await wait(MEASURE_MS);
  const seconds = (performance.now() - began) / 1000;
  const arrived = (await ask("/received") - receivedBefore) / (sent - sentBefore) * 100;
  const cpu = (cpuSeconds(server.pid) - cpuBefore) / seconds / sessions * 100;
  const kilobytes = (await ask("/memory") - idleBytes) / 1024 / sessions;
  const alive = await ask("/sessions");
  const files = countFds(server.pid);
  callers.kill("SIGKILL");
  await callers.status;
  await reading;
  return { cpu, kilobytes, files, sessions: alive, arrived };
}

const found = new Map<string, Measured[]>();
for (let round = 0; round < Number(values.rounds); round++) {
  for (const mode of round % 2 ? MODES.toReversed() : MODES) {
    const measured = await measure(mode);
    console.log(mode, JSON.stringify(measured));
    found.set(mode, [...found.get(mode) ?? [], measured]);
  }
}
const median = (mode: string, field: keyof Measured) =>
  spread((found.get(mode) ?? []).map((each) => each[field])).median;
const ratio = (field: keyof Measured) =>
  (median("shared", field) / median("own", field)).toFixed(2);
console.table({
  "a port each": row("own"),
  "one port": row("shared"),
  ratio: {
    "% of a core each": ratio("cpu"),
    "KB each": ratio("kilobytes"),
    "open files": ratio("files"),
  },
});

function row(mode: string): Record<string, string> {
  return {
    "% of a core each": median(mode, "cpu").toFixed(3),
    "KB each": median(mode, "kilobytes").toFixed(0),
    "open files": `${median(mode, "files")}`,
    sessions: `${median(mode, "sessions")}`,
    "arrived": `${median(mode, "arrived").toFixed(1)} %`,
  };
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
