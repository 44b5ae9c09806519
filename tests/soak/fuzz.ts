/**
 * Hostile HTTP and WebSocket inputs against a runner that listens, in a process of its own.
 *
 *   deno run -A tests/soak/fuzz.ts [COUNT] [SEED]
 *
 * Half of the inputs meet a runner with the secrets of some carriers, half one with none. After each
 * batch the runner has to be alive, prompt and free of faults; at the end nothing may be left of it all.
 */
import fc from "fast-check";
import { residentMemory } from "../bench/process.ts";
import { httpInput } from "../hostile/requests.ts";
import { streamInput } from "../hostile/streams.ts";
import { hostilePeers } from "./fuzz_peers.ts";
import { dailyServer } from "../support/daily_server.ts";
import { graphServer } from "../support/graph_server.ts";
import { createSender, type Outcome } from "./fuzz_sender.ts";
import type { FuzzState } from "./fuzz_server.ts";
import { countFds, describeFds } from "./fds.ts";
import { isFault, judgeAnswer } from "./fuzz_judge.ts";

const COUNT = Number(Deno.args[0] ?? 100_000);
const SEED = Number(Deno.args[1] ?? Date.now() % 2 ** 31);
const BATCH = 500;
const STREAMS_PER_BATCH = 60;
const CONCURRENCY = 24;
const PROMPT_MS = 500;
/** The longest of the times after which nothing is left, in ms: a WebSocket's without a word. */
const QUIET_MS = 60_000;
/** Deno keeps some connections to carriers and rooms for another request. */
const MOST_LEFT_FDS = 12;
const MOST_LEFT_MB = 150;
const SAME_FAULTS = 3;
/** What some carriers are told; their own servers are nowhere. */
const SECRETS = {
  TWILIO_ACCOUNT_SID: "AC1",
  TWILIO_AUTH_TOKEN: "twilio-secret",
  TWILIO_BASE_URL: "http://127.0.0.1:9",
  PLIVO_AUTH_ID: "MA1",
  PLIVO_AUTH_TOKEN: "plivo-secret",
  PLIVO_BASE_URL: "http://127.0.0.1:9",
  EXOTEL_STREAM_USERNAME: "user",
  EXOTEL_STREAM_PASSWORD: "password",
};

interface Failure {
  readonly what: string;
  readonly reproducer: string;
}

const statuses: Record<string, Record<string, number>> = {};
const failures: Failure[] = [];
const told = new Map<string, number>();

/** Tells of a fault, the first times that it comes. */
function fail(what: string, input: unknown): void {
  const times = told.get(what) ?? 0;
  told.set(what, times + 1);
  if (times >= SAME_FAULTS) return;
  const reproducer = JSON.stringify(input).slice(0, 700);
  if (failures.length < 50) {
    failures.push({ what, reproducer });
    console.log(`FAULT ${what}\n  ${reproducer}`);
  }
}

function judge(kind: string, { status, body }: Outcome, input: unknown): void {
  const row = statuses[kind] ??= {};
  const column = typeof status === "number" && status !== 101
    ? `${Math.floor(status / 100)}xx`
    : String(status);
  row[column] = (row[column] ?? 0) + 1;
  const fault = judgeAnswer(status, body);
  if (fault) fail(fault, input);
}

async function pass(
  mode: string,
  environment: Readonly<Record<string, string>>,
  count: number,
  seed: number,
): Promise<void> {
  await using child = await launch(mode, environment);
  const { port, pid } = child;
  const sender = createSender(port);
  await sender.refresh();
  await fuzz(sender, 1, seed ^ 1); // what loads with the first requests counts as the beginning
  const before = { state: await readState(port), fds: countFds(pid), rss: residentMemory(pid) };
  const peers = hostilePeers(port, seed, Math.ceil(count / 20));
  for (let sent = 0, batch = 0; sent < count; sent += BATCH, batch++) {
    await sender.refresh();
    await fuzz(sender, BATCH, seed + batch);
    await check(port, { mode, seed: seed + batch });
    if (batch % 20 === 0) {
      console.log(
        `${mode}: ${sent + BATCH}, ${residentMemory(pid).toFixed(0)} MB, ${countFds(pid)} fds`,
      );
    }
  }
  statuses[`data channel messages (${mode})`] = { sent: await peers };
  sender.close();
  const fds = before.fds + MOST_LEFT_FDS;
  await quiet(port, () => countFds(pid) <= fds);
  const after = { state: await readState(port), fds: countFds(pid), rss: residentMemory(pid) };
  console.log(`${mode}: before ${figures(before)}; after ${figures(after)}`);
  if (after.state.sessions > 0) {
    fail(`${after.state.sessions} sessions are left`, after.state.transports);
  }
  if (after.fds > fds) fail("file descriptors are left", describeFds(pid));
  if (after.rss > before.rss + MOST_LEFT_MB) fail("memory is left", after.rss);
  console.log("The log, by message:");
  console.table(after.state.log);
}

const figures = ({ state, fds, rss }: { state: FuzzState; fds: number; rss: number }) =>
  `${state.sessions} sessions, ${fds} fds, ${rss.toFixed(0)} MB, heap ${
    state.heapMB.toFixed(0)
  } MB`;

async function fuzz(
  sender: ReturnType<typeof createSender>,
  count: number,
  seed: number,
): Promise<void> {
  const streams = Math.min(count, STREAMS_PER_BATCH);
  const work = [
    ...fc.sample(httpInput, { numRuns: Math.max(1, count - streams), seed }).map((input) => () =>
      sender.http(input).then((outcome) => judge(input.kind, outcome, input))
    ),
    ...fc.sample(streamInput, { numRuns: streams, seed }).map((input) => async () => {
      judge(input.kind, await sender.stream(input), input);
      const row = statuses[input.kind] ??= {};
      row.frames = (row.frames ?? 0) + input.frames.length;
    }),
  ];
  // Streams among the requests, and not after them.
  const order = work.map((_, index) => work[index * 7919 % work.length]!);
  let next = 0;
  await Promise.all(Array.from({ length: CONCURRENCY }, async () => {
    for (let job = order[next++]; job; job = order[next++]) await job();
  }));
}

/** Looks whether all is well after a batch. */
async function check(port: number, batch: unknown): Promise<void> {
  let best = Infinity;
  for (let attempt = 0; attempt < 3 && best > PROMPT_MS; attempt++) {
    const began = performance.now();
    const response = await fetch(`http://127.0.0.1:${port}/status`);
    await response.body?.cancel();
    best = Math.min(best, performance.now() - began);
  }
  if (best > PROMPT_MS) fail(`GET /status took ${best.toFixed(0)} ms`, batch);
  const { uncaught, errors, polluted } = await readState(port);
  for (const error of Object.keys({ ...uncaught })) report(`uncaught: ${error}`, batch);
  for (const error of Object.keys(errors).filter(isFault)) {
    report(`logged as an error: ${error}`, batch);
  }
  if (polluted) fail("a prototype is polluted", batch);
}

const reported = new Set<string>();
function report(what: string, batch: unknown): void {
  if (reported.has(what)) return;
  reported.add(what);
  fail(what, batch);
}

/** Waits until no session and no connection is left, or as long as that may take. */
async function quiet(port: number, fewEnough: () => boolean): Promise<void> {
  const until = performance.now() + QUIET_MS;
  while (performance.now() < until) {
    await sleep(2000);
    if ((await readState(port)).sessions === 0 && fewEnough()) return;
  }
}

async function readState(port: number): Promise<FuzzState> {
  return await (await fetch(`http://127.0.0.1:${port}/fuzz/state`)).json();
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function launch(mode: string, environment: Readonly<Record<string, string>>) {
  const file = new URL("fuzz_server.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--v8-flags=--expose-gc", file, JSON.stringify(environment)],
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader.read();
  void child.status.then(({ code }) => {
    if (!over) fail(`the process ended with ${code}`, mode);
  });
  let over = false;
  return {
    pid: child.pid,
    port: Number(new URL(value.trim()).port),
    async [Symbol.asyncDispose]() {
      over = true;
      child.kill("SIGKILL");
      await reader.cancel();
      await child.status;
    },
  };
}

console.log(`seed ${SEED}`);
const began = performance.now();
{
  await using daily = dailyServer();
  await using graph = graphServer();
  const secrets = { ...SECRETS, ...daily.environment, ...graph.environment };
  await pass("some secrets", secrets, COUNT / 2, SEED);
}
await pass("no secrets", {}, COUNT / 2, SEED);
console.table(statuses);
const inputs = Object.values(statuses).flatMap((row) => Object.values(row));
console.log(
  `${inputs.reduce((a, b) => a + b, 0)} inputs in ${
    ((performance.now() - began) / 1000).toFixed(0)
  } s, ` +
    `seed ${SEED}: ${failures.length} faults`,
);
for (const { what, reproducer } of failures) console.log(`- ${what}\n  ${reproducer}`);
Deno.exit(failures.length > 0 ? 1 : 0);
