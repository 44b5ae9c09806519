/**
 * Launch, idle memory and `POST /start`, against a bare Deno and Hono server in the same run.
 *
 *   deno run -A tests/bench/http_bench.ts [ROUNDS]
 */
import { cpuSeconds, freePort, launch, request, residentMemory, spread } from "./process.ts";

const ROUNDS = Number(Deno.args[0] ?? 7);
const CONNECTIONS = 8;
const LOAD_MS = 3000;
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

/** Requests per second, and per CPU-second of the server. */
async function load(origin: string, pid: number): Promise<{ perSecond: number; perCpu: number }> {
  const port = Number(new URL(origin).port);
  const bytes = new TextEncoder().encode(
    request("POST", "/start", `{"transport":"webrtc","body":{"user":"u1"}}`),
  );
  const until = performance.now() + LOAD_MS;
  const before = cpuSeconds(pid);
  const began = performance.now();
  let answered = 0;
  await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay(true);
    const buffer = new Uint8Array(4096);
    while (performance.now() < until) {
      await connection.write(bytes);
      const read = await connection.read(buffer); // an answer is one small segment on loopback
      if (read === null) throw new Error("The server hung up.");
      if (buffer[9] !== 50) throw new Error("Not a 200.");
      answered++;
    }
  }));
  const seconds = (performance.now() - began) / 1000;
  return { perSecond: answered / seconds, perCpu: answered / (cpuSeconds(pid) - before) };
}

const results: Record<string, Record<string, number[]>> = {};
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, args] of Object.entries(servers)) {
    const port = freePort();
    await using server = await launch(args(port), port);
    await new Promise((resolve) => setTimeout(resolve, 1500)); // what loads after listening has loaded
    const idle = residentMemory(server.pid);
    const { perSecond, perCpu } = await load(server.origin, server.pid);
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
