/**
 * Launch, idle memory and `POST /start`, against a bare Deno and Hono server in the same run.
 *
 *   deno run -A tests/bench/http_bench.ts [ROUNDS]
 */
import { freePort, launch, residentMemory, spread } from "./process.ts";
import { loadStarts } from "./start_load.ts";

const ROUNDS = Number(Deno.args[0] ?? 7);
const here = (file: string) => new URL(file, import.meta.url).pathname;

const servers = {
  bare: (port: number) => ["run", "-A", "--no-check", here("bare_server.ts"), `${port}`],
  runner: (port: number) => [
    "run",
    "-A",
    "--no-check",
    here("../../mod.ts"),
    here("start_bot.ts"),
    "--host",
    "127.0.0.1",
    "--port",
    `${port}`,
  ],
};

const results: Record<string, Record<string, number[]>> = {};
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, args] of Object.entries(servers)) {
    const port = freePort();
    await using server = await launch(args(port), port);
    await new Promise((resolve) => setTimeout(resolve, 1500)); // what loads after listening has loaded
    const idle = residentMemory(server.pid);
    const { perSecond, perCpu } = await loadStarts(server.origin, server.pid);
    const figures = results[name] ??= {
      launchMs: [],
      idleMB: [],
      startPerSecond: [],
      startPerCpu: [],
    };
    figures.launchMs?.push(server.launchMs);
    figures.idleMB?.push(idle);
    figures.startPerSecond?.push(perSecond);
    figures.startPerCpu?.push(perCpu);
  }
}

console.table(
  Object.fromEntries(
    Object.keys(results.bare ?? {}).map((figure) => {
      const bare = spread(results.bare?.[figure] ?? []);
      const runner = spread(results.runner?.[figure] ?? []);
      const text = ({ median, min, max }: typeof bare) =>
        `${median.toFixed(0)} (${min.toFixed(0)}–${max.toFixed(0)})`;
      const ratio = (runner.median / bare.median).toFixed(2);
      return [figure, { bare: text(bare), runner: text(runner), ratio }];
    }),
  ),
);
