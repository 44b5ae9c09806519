/**
 * Half an hour of phone calls and WebRTC sessions that come and go, and what is left of them.
 *
 *   deno run -A tests/soak/soak.ts [MINUTES] [PHONES] [BROWSERS] [SEED]
 *
 * One line a minute; at the end how fast memory grew over the last two thirds, and a verdict. It ends
 * by itself and leaves nothing running.
 */
import { freePort, launch, residentMemory } from "../bench/process.ts";
import type { BrowserReport } from "./browsers.ts";
import type { PhoneReport } from "./phones.ts";
import { quantile } from "./report.ts";
import type { ServerState } from "./server.ts";

const MINUTES = Number(Deno.args[0] ?? 30);
const PHONES = Number(Deno.args[1] ?? 50);
const BROWSERS = Number(Deno.args[2] ?? 10);
const SEED = Number(Deno.args[3] ?? 1);
const SAMPLE_MS = 5000;
const MINUTE_MS = 60_000;
/** The longest time that a session may outlive its caller, in ms. */
const LEFT_MS = 15_000;
const MOST_GROWTH = 30; // MB an hour
const MOST_LOST_PERCENT = 0.5;
const MOST_P99_MS = 60;
/** In a minute in which the callers themselves were later than this, nothing is judged, in ms. */
const LATE_MS = 10;
/** With less than this the slope of memory says nothing. */
const LEAST_MINUTES = 10;
const here = (file: string) => new URL(file, import.meta.url).pathname;

interface Minute {
  readonly minute: number;
  readonly rssMB: number;
  readonly heapMB: number;
  readonly sessions: number;
  readonly lagP99: number;
  readonly lagMax: number;
  readonly fds: number;
  readonly phone: PhoneReport;
  readonly web: BrowserReport;
  readonly faults: ServerState["faults"];
}

/** A process of callers. */
interface Callers<T> {
  report(): Promise<T>;
  /** Lets all hang up, and ends it. */
  stop(): Promise<void>;
}

function callers<T>(file: string, origin: string, count: number): Callers<T> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", here(file), origin, `${count}`, `${SEED}`],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  return {
    async report() {
      await writer.write(new TextEncoder().encode("\n"));
      while (!rest.includes("\n")) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`${file} has ended`);
        rest += value;
      }
      const end = rest.indexOf("\n");
      const line = rest.slice(0, end);
      rest = rest.slice(end + 1);
      return JSON.parse(line);
    },
    async stop() {
      await writer.close();
      await reader.cancel();
      await child.status;
    },
  };
}

const port = freePort();
await using server = await launch(
  ["run", "-A", "--no-check", here("server.ts"), `${port}`],
  port,
);
const phones = callers<PhoneReport>("phones.ts", server.origin, PHONES);
const browsers = callers<BrowserReport>("browsers.ts", server.origin, BROWSERS);
const samples: { readonly ms: number; readonly rssMB: number }[] = [];
const lines: Minute[] = [];
const began = performance.now();
const sampling = setInterval(() => {
  samples.push({ ms: performance.now() - began, rssMB: residentMemory(server.pid) });
}, SAMPLE_MS);

for (let minute = 1; minute <= MINUTES; minute++) {
  await sleep(began + minute * MINUTE_MS - performance.now());
  const [phone, web, state] = await Promise.all([phones.report(), browsers.report(), readState()]);
  const { sessions, lagP99, lagMax, heapMB, rssMB, faults } = state;
  const line: Minute = {
    minute,
    rssMB,
    heapMB,
    sessions,
    lagP99,
    lagMax,
    fds: countFds(),
    phone,
    web,
    faults,
  };
  lines.push(line);
  print(line);
}
clearInterval(sampling);
await Promise.all([phones.stop(), browsers.stop()]);
const left = await leftSessions();
judge(left);

function print(
  { minute, rssMB, heapMB, sessions, lagP99, lagMax, fds, phone, web, faults }: Minute,
) {
  const round = (value: number) => value.toFixed(1);
  console.log([
    `${minute} min`,
    `rss ${round(rssMB)} MB, heap ${round(heapMB)} MB, ${sessions} sessions, ${fds} fds`,
    `loop lag p99 ${round(lagP99)}, max ${round(lagMax)} ms`,
    `phones ${phone.calls} (${phone.begun} begun, ${phone.broken} broken): p50 ${
      round(phone.p50)
    }, ` +
    `p99 ${round(phone.p99)} ms, lost ${phone.lostPercent.toFixed(2)} %`,
    `WebRTC ${web.calls} (${web.begun} begun, ${web.failed} failed): ${web.gaps} gaps, ` +
    `longest ${round(web.longestGapMs)} ms, lost ${web.lostPercent.toFixed(2)} %`,
    `faults ${JSON.stringify(faults)}`,
    `callers late p99 ${round(phone.lateP99)} and ${round(web.lateP99)} ms`,
  ].join(" | "));
}

async function readState(): Promise<ServerState> {
  return await (await fetch(`${server.origin}/state`)).json();
}

/** The sessions that are still there some seconds after the last caller has gone. */
async function leftSessions(): Promise<number> {
  const until = performance.now() + LEFT_MS;
  for (;;) {
    const { sessions } = await readState();
    if (sessions === 0 || performance.now() > until) return sessions;
    await sleep(500);
  }
}

function judge(left: number): void {
  const later = samples.filter(({ ms }) => ms >= MINUTES * MINUTE_MS / 3);
  const growth = slope(later) * 3_600_000;
  const undisturbed = lines.filter(({ phone, web }) =>
    phone.lateP99 <= LATE_MS && web.lateP99 <= LATE_MS
  );
  const last = undisturbed.slice(Math.floor(undisturbed.length / 3));
  const worst = (pick: (line: Minute) => number) => quantile(last.map(pick), 0.9);
  const faults: string[] = [];
  if (undisturbed.length === 0) faults.push("the machine was too busy to tell");
  if (left > 0) faults.push(`${left} sessions are left`);
  if (MINUTES >= LEAST_MINUTES && growth > MOST_GROWTH) faults.push("memory grows");
  if (worst(({ phone }) => phone.lostPercent) > MOST_LOST_PERCENT) faults.push("audio is lost");
  if (worst(({ phone }) => phone.p99) > MOST_P99_MS) faults.push("phones are late");
  if (lines.some(({ phone }) => phone.broken > 0)) faults.push("calls were cut");
  if (lines.some(({ web }) => web.failed > 0)) faults.push("WebRTC sessions failed");
  const memory = later.map(({ rssMB }) => rssMB);
  console.log(
    `memory ${Math.min(...memory).toFixed(0)} to ${
      Math.max(...memory).toFixed(0)
    } MB over the last ` +
      `two thirds, ${growth.toFixed(1)} MB an hour; ${
        residentMemory(server.pid).toFixed(0)
      } MB and ` +
      `${countFds()} fds after the last call`,
  );
  console.log(`${undisturbed.length} of ${lines.length} minutes were undisturbed`);
  console.log(faults.length === 0 ? "sound" : `not sound: ${faults.join(", ")}`);
  Deno.exitCode = faults.length === 0 ? 0 : 1;
}

/** MB a ms, by least squares. */
function slope(points: readonly { readonly ms: number; readonly rssMB: number }[]): number {
  const mean = (pick: (point: typeof points[number]) => number) =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [x, y] = [mean(({ ms }) => ms), mean(({ rssMB }) => rssMB)];
  const above = points.reduce((sum, { ms, rssMB }) => sum + (ms - x) * (rssMB - y), 0);
  return above / points.reduce((sum, { ms }) => sum + (ms - x) ** 2, 0);
}

function countFds(): number {
  return [...Deno.readDirSync(`/proc/${server.pid}/fd`)].length;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
