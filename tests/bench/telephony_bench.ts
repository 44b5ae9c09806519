/**
 * Twilio echo calls in real time, against a bare WebSocket echo in the same run.
 *
 *   deno run -A tests/bench/telephony_bench.ts [CALLS,CALLS,…] [SECONDS]
 */
import { freePort, launch } from "./process.ts";

const CALLS = (Deno.args[0] ?? "25,100,200,300,400").split(",").map(Number);
const SECONDS = Number(Deno.args[1] ?? 6);
/** A run in which the callers themselves were later than this was disturbed, in ms; it is repeated. */
const LATE_MS = 10;
const ATTEMPTS = 3;
const STALL_CALLS = 25;
const STALL_MS = 500;
const here = (file: string) => new URL(file, import.meta.url).pathname;

const servers = {
  bare: (port: number) => ["run", "-A", "--no-check", here("bare_echo_server.ts"), `${port}`],
  runner: (port: number) => [
    "run",
    "-A",
    "--no-check",
    here("../../mod.ts"),
    here("../../examples/01-echo.ts"),
    "-t",
    "twilio",
    "--host",
    "127.0.0.1",
    "--port",
    `${port}`,
  ],
};

interface Figures {
  readonly generator: { readonly lateP99: number };
}

/** The figures of the first run that nothing disturbed, or of the last one. */
async function load(
  server: keyof typeof servers,
  calls: number,
  seconds: number,
  stallMs = 0,
): Promise<Figures> {
  for (let attempt = 1;; attempt++) {
    const figures = await run(server, calls, seconds, stallMs);
    if (figures.generator.lateP99 <= LATE_MS || attempt === ATTEMPTS) return figures;
  }
}

async function run(
  server: keyof typeof servers,
  calls: number,
  seconds: number,
  stallMs: number,
): Promise<Figures> {
  const port = freePort();
  await using launched = await launch(servers[server](port), port);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const args = [`ws://127.0.0.1:${port}/ws`, launched.pid, calls, seconds, stallMs].map(String);
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", here("telephony_load.ts"), ...args],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

for (const calls of CALLS) {
  for (const server of ["bare", "runner"] as const) {
    console.log(`${server} ${calls}`, await load(server, calls, SECONDS));
  }
}
console.log(`stall of ${STALL_MS} ms`, await load("runner", STALL_CALLS, 4, STALL_MS));
