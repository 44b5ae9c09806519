/**
 * How near `heardMs` is to what the other side has heard, and how soon a bot falls silent that is
 * interrupted; by every transport, in real time.
 *
 *   deno run -A tests/bench/heard_bench.ts [RUNS] [WAY…]
 */
import type { Transport } from "../../src/transports/transport.ts";
import { chirp, CHIRP_MS, heardUntil } from "./heard/chirp.ts";
import { closeBrowser, type FarEar, frameOf, type Way, WAYS } from "./heard/far_ears.ts";

const RUNS = Number(Deno.args[0] ?? 20);
const NAMES = Deno.args.slice(1);
/** The rate of the bot's sound, in Hz: as speech services have it. */
const RATE = 24_000;
/** How long the far end is listened to after an interruption, in ms. */
const AFTER_MS = 800;

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const between = (low: number, high: number) => low + Math.random() * (high - low);
const WHOLE = chirp(0, CHIRP_MS, RATE);
const piece = (from: number, to: number) =>
  frameOf(WHOLE.subarray(from * RATE / 1000, to * RATE / 1000), RATE);

/** What a bot does; resolves with how much was heard, as it is told. */
type Scenario = (transport: Transport) => Promise<number>;

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  async "one item"(transport) {
    const utterance = transport.say(piece(0, 2000));
    await sleep(between(500, 1500));
    const { heardMs } = transport.interrupt();
    const { heardMs: same } = await utterance.done;
    if (Math.abs(heardMs - same) > 1) throw new Error(`${heardMs} and ${same} ms are told`);
    return heardMs;
  },
  async "back to back"(transport) {
    void transport.say(piece(0, 700));
    void transport.say(piece(700, 2200));
    await sleep(between(900, 1800));
    return transport.interrupt().heardMs;
  },
  async "a stall between"(transport) {
    void transport.say(piece(0, 600));
    await sleep(1600);
    void transport.say(piece(600, 2000));
    await sleep(between(400, 1200));
    return transport.interrupt().heardMs;
  },
  async "as frames"(transport) {
    const writer = transport.writable.getWriter();
    void writer.write(piece(0, 1800));
    await sleep(between(400, 1200));
    return transport.interrupt().heardMs;
  },
};

/** Finds out what was heard later: that takes a while, in which no call could go on. */
type Judge = () => number;

async function heard(way: Way, scenario: Scenario): Promise<Judge> {
  await using ear = await way.listen();
  await sleep(200); // whoever has come is there
  const told = await scenario(ear.transport);
  await sleep(AFTER_MS);
  const samples = await ear.heard();
  return () => told - heardUntil(samples);
}

/** Speaks until somebody is heard; resolves with when it has decided to be silent. */
async function interruptible({ transport }: FarEar): Promise<void> {
  void transport.say(piece(0, CHIRP_MS));
  for await (const samples of transport.audio()) {
    if (samples.some((sample) => Math.abs(sample) > 2000)) break;
  }
  transport.interrupt();
}

async function bargeIn(way: Way): Promise<number> {
  await using ear = await way.listen();
  await sleep(200);
  const silent = interruptible(ear);
  await sleep(between(600, 1200));
  const shout = ear.shout();
  await silent;
  await sleep(AFTER_MS);
  shout.stop();
  return await ear.lastHeard() - shout.at;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

const row = (cells: readonly (string | number)[]) => console.log(`| ${cells.join(" | ")} |`);
const figures = (values: readonly number[]) =>
  [0.5, 0.95].map((share) => percentile(values, share).toFixed(0)).join(" / ");

async function repeated<Value>(run: () => Promise<Value>): Promise<Value[]> {
  const values: Value[] = [];
  for (let i = 0; i < RUNS; i++) values.push(await run());
  return values;
}

const ways = WAYS.filter(({ name }) => NAMES.length === 0 || NAMES.includes(name));
const scenarios = Object.entries(SCENARIOS);
const tables = await Promise.all(ways.map(async (way) => {
  const judges: Judge[][] = [];
  for (const [, scenario] of scenarios) judges.push(await repeated(() => heard(way, scenario)));
  return { way, judges, silentAfter: await repeated(() => bargeIn(way)) };
}));
await closeBrowser();

console.log(
  `\nError of heardMs in ms, p50 / p95 of ${RUNS} runs each, without its sign; all with it\n`,
);
row(["transport", ...scenarios.map(([name]) => name), "p95 of all", "at most", "mean with sign"]);
row(["transport", ...scenarios, 1, 2, 3].map(() => "---"));
let missed = false;
for (const { way, judges } of tables) {
  const errors = judges.map((each) => each.map((judge) => judge()));
  const all = errors.flat();
  const sizes = errors.map((values) => figures(values.map(Math.abs)));
  const p95 = percentile(all.map(Math.abs), 0.95);
  missed ||= p95 > way.targetMs;
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  row([way.name, ...sizes, p95.toFixed(0), way.targetMs, mean.toFixed(1)]);
}
console.log(`\nFrom the caller's first sound to silence in the caller's ear, in ms\n`);
row(["transport", "p50", "p95"]);
row(["---", "---", "---"]);
for (const { way, silentAfter } of tables) {
  row([way.name, ...[0.5, 0.95].map((share) => percentile(silentAfter, share).toFixed(0))]);
}
Deno.exit(missed ? 1 : 0);
