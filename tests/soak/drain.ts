/**
 * Live phone calls through a drain: the real command line, in a process of its own, is told to stop by
 * SIGTERM while callers of all four carriers listen to it. Not one of them may notice.
 *
 *   deno run -A tests/soak/drain.ts [CALLS]
 *
 * Each call has a bot that plays it a tone of its own, for 8 to 16 s. The caller hangs up by itself
 * when it has heard all of it.
 */
import assert from "node:assert/strict";
import { CARRIER_NAMES } from "../../src/core/transport_names.ts";
import { call, type Caller } from "../../src/testing/mod.ts";
import { signalToNoise } from "../audio/signals.ts";
import { folderWith, start } from "../cli/child.ts";

const CALLS = Number(Deno.args[0] ?? 50);
const RATE = 8000;
const SHORTEST_S = 8;
const LONGEST_S = 16;
/** When the signal comes, after the last call has begun. */
const SIGNAL_AFTER_MS = 2000;
/** G.711 leaves about 36 dB. */
const CLEAR_DB = 33;
const LOUD = 200;

/** The tone of a call; it begins and ends with a loud sample, so that its ends can be found. */
const TONE = `
function tone(index, seconds) {
  const length = Math.round(seconds * ${RATE});
  return Int16Array.from({ length }, (_, i) =>
    i === 0 || i === length - 1 ? 20000 : 20000 * Math.sin(2 * Math.PI * (300 + 20 * index) * i / ${RATE}));
}`;

const BOT = `${TONE}
import { createTransport } from "jsr:@pipecat/runner";
export async function bot(args) {
  await using transport = await createTransport(args);
  const { index, seconds } = args.body;
  const samples = tone(Number(index), Number(seconds));
  const writer = transport.writable.getWriter();
  await writer.write({ type: "audio", samples, sampleRate: ${RATE}, channels: 1 });
  await transport.closed;
}`;

// The same words here as in the bot.
const tone: (index: number, seconds: number) => Int16Array = new Function(
  `${TONE}; return tone;`,
)();

interface Outcome {
  readonly by: "caller" | "server";
  readonly missingMs: number;
  readonly noiseDb: number;
  readonly violations: number;
  /** When the call was over, by `performance.now()`. */
  readonly at: number;
}

const secondsOf = (index: number) => SHORTEST_S + (LONGEST_S - SHORTEST_S) * index / CALLS;

async function dial(url: string, index: number): Promise<Caller> {
  const carrier = CARRIER_NAMES[index % CARRIER_NAMES.length] ?? "twilio";
  const params = { index: String(index), seconds: String(secondsOf(index)) };
  return await call(url, { carrier, params });
}

/** Listens to all of the bot's tone, and hangs up. */
async function listen(caller: Caller, index: number): Promise<Outcome> {
  const wanted = tone(index, secondsOf(index));
  const heard: number[] = [];
  for await (const { samples } of caller.heard) {
    for (const sample of samples) {
      if (heard.length > 0 || Math.abs(sample) > LOUD) heard.push(sample);
    }
    if (heard.length >= wanted.length) void caller.hangUp();
  }
  const { by } = await caller.ended;
  const last = heard.findLastIndex((sample) => Math.abs(sample) > LOUD) + 1;
  const missing = wanted.length - Math.min(last, wanted.length);
  return {
    by,
    missingMs: missing / RATE * 1000,
    noiseDb: signalToNoise(wanted, Int16Array.from(heard.slice(0, wanted.length))),
    violations: caller.violations.length,
    at: performance.now(),
  };
}

await using folder = await folderWith({ "bot.js": BOT });
await using cli = await start(["--port", "0", "--drain", "60"], { cwd: folder.path });
const callers = await Promise.all(Array.from({ length: CALLS }, (_, i) => dial(cli.url, i)));
const listening = callers.map(listen);
await new Promise((resolve) => setTimeout(resolve, SIGNAL_AFTER_MS));

cli.kill("SIGTERM");
const signalled = performance.now();
await cli.printed("Waiting for");
const ready = await fetch(`${cli.url}/readyz`);
const load = await ready.json();
const newcomer = await call(cli.url, { carrier: "twilio" }).then(
  () => "answered",
  ({ code }) => code,
);
const outcomes = await Promise.all(listening);
const over = performance.now();
const { code, stdout } = await cli.ended;
const ended = performance.now();

const cut = outcomes.filter(({ by, missingMs }) => by !== "caller" || missingMs > 0);
const unclear = outcomes.filter(({ noiseDb }) => noiseDb < CLEAR_DB);
const seconds = (ms: number) => Math.round(ms / 100) / 10;
const ends = outcomes.map(({ at }) => at - signalled);
console.log(stdout.split("\n").findLast((line) => line.startsWith("Waiting")));
console.log({
  calls: CALLS,
  liveAtSignal: load.sessions,
  readyz: `${ready.status} ${load.status}`,
  newcomer,
  hungUpByThemselves: outcomes.filter(({ by }) => by === "caller").length,
  cut: cut.length,
  audioMissingMs: outcomes.reduce((sum, { missingMs }) => sum + missingMs, 0),
  leastSignalToNoiseDb: Math.round(Math.min(...outcomes.map(({ noiseDb }) => noiseDb)) * 10) / 10,
  violations: outcomes.reduce((sum, { violations }) => sum + violations, 0),
  firstEndAfterSignalS: seconds(Math.min(...ends)),
  lastEndAfterSignalS: seconds(Math.max(...ends)),
  processEndedAfterLastCallMs: Math.round(ended - over),
  exitCode: code,
});
assert.deepEqual([load.sessions, ready.status, newcomer, code], [CALLS, 503, "call_refused", 0]);
assert.deepEqual([cut, unclear], [[], []]);
