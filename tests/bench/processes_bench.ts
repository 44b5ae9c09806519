/**
 * How many calls one process holds, and how many `--processes 2` does, in one run: a bot that works 0.4 ms
 * on each frame, phone calls and WebRTC sessions. Held are calls that are all let in, of whose frames 99 %
 * come back, and 99 % of them within 200 ms.
 *
 *   deno run -A tests/bench/processes_bench.ts [phone,webrtc] [PROCESSES,PROCESSES,…] [MOST]
 *
 * @module
 */
import { freePort, launch } from "./process.ts";

const [kinds = "phone,webrtc", counts = "1,2", most = "112"] = Deno.args;
const SECONDS = 5;
/** What a process does by itself once it listens, such as loading WebRTC, is over after this, in ms. */
const WARM_MS = 3000;
const LATEST_MS = 200;
const LEAST_RETURNED = 99;
/** Calls apart, between which it is not looked. */
const STEP = 4;
const here = (file: string) => new URL(file, import.meta.url).pathname;

interface Measured {
  readonly p99: number;
  readonly returnedPercent: number;
  readonly connected?: number;
}

async function measure(
  kind: string,
  processes: number,
  calls: number,
): Promise<Measured | undefined> {
  const port = freePort();
  await using server = await launch(
    [
      ...["run", "-A", "--no-check", here("../../mod.ts"), here("working_bot.ts")],
      ...["--host", "127.0.0.1", "--port", `${port}`, "--start-rate", "0"],
      ...(processes > 1 ? ["--processes", `${processes}`] : []),
    ],
    port,
    { end: "SIGINT" },
  );
  while (await processesOf(server.origin) < processes) await wait(100);
  await wait(WARM_MS);
  const args = kind === "phone"
    ? [here("telephony_load.ts"), `ws://127.0.0.1:${port}/ws`, server.pid, calls, SECONDS]
    : [here("processes_callers.ts"), server.origin, calls, SECONDS];
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", ...args.map(String)],
    stderr: "null",
  }).output();
  return success ? JSON.parse(new TextDecoder().decode(stdout)) : undefined;
}

/** How many processes say that they are there. */
async function processesOf(origin: string): Promise<number> {
  const { processes = 1 } = await (await fetch(`${origin}/readyz`)).json();
  return processes;
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function holds(kind: string, processes: number, calls: number): Promise<boolean> {
  const measured = await measure(kind, processes, calls);
  const held = measured !== undefined && measured.p99 < LATEST_MS &&
    measured.returnedPercent >= LEAST_RETURNED && (measured.connected ?? calls) === calls;
  const [load] = Deno.loadavg();
  console.log(kind, { processes, calls, held, ...measured, load });
  return held;
}

/** The most calls that are held, to {@link STEP}. */
async function mostHeld(kind: string, processes: number): Promise<number> {
  let [held, lost] = [0, Number(most)];
  while (lost - held > STEP) {
    const calls = Math.round((held + lost) / 2 / STEP) * STEP;
    // What else the machine does may spoil a run, and never help it.
    if (await holds(kind, processes, calls) || await holds(kind, processes, calls)) held = calls;
    else lost = calls;
  }
  return held;
}

for (const kind of kinds.split(",")) {
  const found: Record<string, number> = {};
  for (const count of counts.split(",")) found[count] = await mostHeld(kind, Number(count));
  const [first = NaN, last = NaN] = [Object.values(found)[0], Object.values(found).at(-1)];
  console.log(`${kind}:`, found, `ratio ${(last / first).toFixed(2)}`);
}
