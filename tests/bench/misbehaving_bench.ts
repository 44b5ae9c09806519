/**
 * Healthy Twilio echo calls, alone and beside bots that misbehave in the same process.
 *
 *   deno run -A tests/bench/misbehaving_bench.ts [KIND,KIND,…] [CALLS] [SECONDS]
 *
 * A few sessions of each kind run at a time, by phone and over a WebSocket, and begin again each
 * second. The ratio is that of the healthy calls' p99 to the one without them.
 */
import { MISDEEDS, SOCKET_MISDEEDS } from "../support/misbehaving_bots.ts";
import { misbehave } from "../support/misbehaving_session.ts";
import { freePort, launch, residentMemory } from "./process.ts";

const ALL = Object.keys({ ...MISDEEDS, ...SOCKET_MISDEEDS });
const KINDS = Deno.args[0]?.split(",") ?? [...ALL, "throws+floodsAudio+deaf", "all"];
const CALLS = Number(Deno.args[1] ?? 25);
const SECONDS = Number(Deno.args[2] ?? 6);
/** Sessions of a kind that begin at a time, on each of two transports. */
const SESSIONS = 1;
const AGAIN_MS = 1000;
/** A run in which the callers themselves were later than this was disturbed, in ms; it is repeated. */
const LATE_MS = 10;
const ATTEMPTS = 3;
const here = (file: string) => new URL(file, import.meta.url).pathname;

interface Figures {
  readonly p50: number;
  readonly p99: number;
  readonly returnedPercent: number;
  readonly generator: { readonly lateP99: number };
}

interface Row extends Figures {
  readonly memoryMB: number;
}

/** The figures of the first run that nothing disturbed, or of the last one. */
async function measure(kinds: readonly string[]): Promise<Row> {
  for (let attempt = 1;; attempt++) {
    const row = await run(kinds);
    if (row.generator.lateP99 <= LATE_MS || attempt === ATTEMPTS) return row;
  }
}

async function run(kinds: readonly string[]): Promise<Row> {
  const port = freePort();
  const file = here("../soak/server.ts");
  await using server = await launch(["run", "-A", "--no-check", file, `${port}`], port);
  await sleep(1000);
  const args = [`ws://127.0.0.1:${port}/ws`, server.pid, CALLS, SECONDS].map(String);
  const load = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", here("telephony_load.ts"), ...args],
  }).output();
  let over = false;
  const trouble = makeTrouble(server.origin, kinds, () => over);
  const { stdout, stderr, success } = await load;
  over = true;
  const memoryMB = await trouble;
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return { ...JSON.parse(new TextDecoder().decode(stdout)), memoryMB };

  /** Opens and ends bad sessions for as long as the load lasts; the most memory that was taken. */
  async function makeTrouble(
    origin: string,
    kinds: readonly string[],
    over: () => boolean,
  ): Promise<number> {
    let most = 0;
    await sleep(1000);
    while (!over()) {
      const opened = kinds.flatMap((kind) =>
        Array.from({ length: SESSIONS }, () => [
          misbehave(origin, kind, "twilio"),
          misbehave(origin, kind, "websocket"),
        ]).flat()
      );
      const ends = await Promise.all(opened);
      await sleep(AGAIN_MS);
      for (const end of ends) end();
      most = Math.max(most, residentMemory(server.pid));
    }
    return most;
  }
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const alone = await measure([]);
const rows: Record<string, Record<string, number>> = {};
const show = (kind: string, row: Row) => {
  const { p50, p99, returnedPercent, memoryMB, generator } = row;
  rows[kind] = {
    p50,
    p99,
    ratio: Math.round(p99 / alone.p99 * 100) / 100,
    returnedPercent,
    memoryMB: Math.round(memoryMB),
    callersLateP99: generator.lateP99,
  };
  console.log(kind, rows[kind]);
};
show("alone", alone);
for (const kind of KINDS) show(kind, await measure(kind === "all" ? ALL : kind.split("+")));
console.table(rows);
Deno.exit();
