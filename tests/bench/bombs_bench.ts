/**
 * What an innocent call notices, and whoever asks `/livez`, while somebody sends what costs a runner
 * much. Each bomb meets a runner of its own.
 *
 *   deno run -A tests/bench/bombs_bench.ts [--against OTHER_CHECKOUT] [--only PART_OF_A_NAME]
 *
 * With another checkout both are measured in turns.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { countFds } from "../soak/fds.ts";
import { callFrom } from "../soak/innocent_call.ts";
import { type Bomb, BOMBS } from "./bombs.ts";
import { cpuSeconds, freePort, launch, residentMemory } from "./process.ts";

const { values } = parseArgs({
  options: { against: { type: "string" }, only: { type: "string", default: "" } },
});
const here = new URL("../..", import.meta.url).pathname;
const CALM_MS = 2000;
const LOOK_MS = 250;
/** What a bomb does may show only after it. */
const AFTERMATH_MS = 3000;

const rows: Record<string, Record<string, string | number>> = {};
for (const [name, bomb] of Object.entries(BOMBS)) {
  if (!name.includes(values.only)) continue;
  if (values.against) rows[`${name}, before`] = await measure(values.against, bomb);
  rows[name] = await measure(here, bomb);
  console.table(rows);
}
Deno.exit();

/** What is noticed of a bomb. */
async function measure(checkout: string, bomb: Bomb): Promise<Record<string, string | number>> {
  const port = freePort();
  const bot = `${checkout}/examples/01-echo.ts`;
  const address = ["--host", "127.0.0.1", "--port", `${port}`];
  const config = ["--config", `${checkout}/deno.json`];
  const args = ["run", "-A", "--no-check", ...config, `${checkout}/mod.ts`, bot, ...address];
  await using server = await launch(args, port);
  const { origin, pid } = server;
  await sleep(CALM_MS); // the WebRTC stack loads after the server listens
  const innocent = await callFrom(origin);
  await sleep(CALM_MS);
  const { address: at } = await innocent.report();
  const before = { fds: countFds(pid), cpu: cpuSeconds(pid), now: performance.now() };
  let [fds, memory] = [0, 0];
  const looking = setInterval(() => {
    fds = Math.max(fds, countFds(pid));
    memory = Math.max(memory, residentMemory(pid));
  }, LOOK_MS);
  const seen = await bomb({ origin, ...at }).catch((error) => String(error).slice(0, 60));
  await sleep(AFTERMATH_MS);
  clearInterval(looking);
  const { gapMs, answerMs, livezMs, ended } = await innocent.report();
  const share = (cpuSeconds(pid) - before.cpu) / (performance.now() - before.now) * 1000;
  await innocent[Symbol.asyncDispose]();
  return {
    "audio gap ms": Math.round(gapMs),
    "message ms": Math.round(answerMs),
    "/livez ms": Math.round(livezMs),
    "call": ended ? "ended" : "goes on",
    "CPU %": Math.round(share * 100),
    "most MB": Math.round(memory),
    "more sockets": fds - before.fds,
    seen,
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
