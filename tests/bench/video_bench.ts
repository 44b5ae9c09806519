/**
 * What pictures cost: calls without a camera, with one that nobody looks at, and with one of which the
 * bot gets a picture a second, in one run.
 *
 *   deno run -A tests/bench/video_bench.ts [--sessions 25] [--rounds 2]
 *
 * @module
 */
import { parseArgs } from "node:util";
import { cpuSeconds, freePort, launch, residentMemory, spread } from "./process.ts";

const { values } = parseArgs({
  options: {
    sessions: { type: "string", default: "25" },
    rounds: { type: "string", default: "2" },
  },
});
const here = (file: string) => new URL(file, import.meta.url).pathname;
const SETTLE_MS = 6000;
const MEASURE_MS = 10_000;
const MODES = {
  "no camera": { looks: false, camera: "off" },
  "a camera, unasked": { looks: false, camera: "on" },
  "a picture a second": { looks: true, camera: "on" },
} as const;

interface Measured {
  /** Percent of a core for each session. */
  readonly cpu: number;
  readonly memoryMb: number;
  /** Pictures and packets of sound that came back, for each session and second. */
  readonly pictures: number;
  readonly heard: number;
}

async function measure(
  { looks, camera }: typeof MODES[keyof typeof MODES],
): Promise<Measured> {
  Deno.env.set("LOOKS", `${looks}`);
  const port = freePort();
  const bot = here("video_bot.ts");
  await using server = await launch(
    [
      "run",
      "-A",
      here("../../mod.ts"),
      bot,
      "--host",
      "127.0.0.1",
      "--port",
      `${port}`,
    ],
    port,
  );
  const callers = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      here("video_callers.ts"),
      server.origin,
      values.sessions,
      camera,
    ],
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines: { readonly pictures: number; readonly heard: number }[] = [];
  const reading = (async () => {
    const text = callers.stdout.pipeThrough(new TextDecoderStream());
    for await (const chunk of text) {
      for (const line of chunk.trim().split("\n")) lines.push(JSON.parse(line));
    }
  })();
  while (lines.length === 0) await wait(100);
  await wait(SETTLE_MS);
  lines.length = 0;
  const [before, began] = [cpuSeconds(server.pid), performance.now()];
  await wait(MEASURE_MS);
  const seconds = (performance.now() - began) / 1000;
  const cpu = (cpuSeconds(server.pid) - before) / seconds /
    Number(values.sessions) * 100;
  const memoryMb = residentMemory(server.pid);
  callers.kill("SIGKILL");
  await callers.status;
  await reading;
  const each = (name: "pictures" | "heard") =>
    lines.reduce((sum, line) => sum + line[name], 0) / lines.length /
    Number(values.sessions);
  return { cpu, memoryMb, pictures: each("pictures"), heard: each("heard") };
}

const found = new Map<string, Measured[]>();
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [name, mode] of Object.entries(MODES)) {
    found.set(name, [...found.get(name) ?? [], await measure(mode)]);
  }
}
const median = (name: string, field: keyof Measured) =>
  spread((found.get(name) ?? []).map((each) => each[field])).median;
const base = median("no camera", "cpu");
console.table(Object.fromEntries(
  Object.keys(MODES).map((name) => [name, {
    "% of a core each": median(name, "cpu").toFixed(2),
    "more than without": `${((median(name, "cpu") / base - 1) * 100).toFixed(0)} %`,
    "MB in all": median(name, "memoryMb").toFixed(0),
    "pictures a second": median(name, "pictures").toFixed(2),
    "packets of sound a second": median(name, "heard").toFixed(1),
  }]),
));

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
