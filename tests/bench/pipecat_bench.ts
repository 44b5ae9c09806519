/**
 * This runner beside Pipecat's own, which is installed from PyPI (0.9 GB): launch, memory, `POST /start`,
 * and phone calls that are said back, in one run.
 *
 *   deno task bench:pipecat [CALLS,CALLS,…] [SECONDS]
 */
import { freePort, launch, type Launched, residentMemory } from "./process.ts";
import { loadStarts } from "./start_load.ts";
import { pipecatWith } from "../interop/python.ts";

const CALLS = (Deno.args[0] ?? "1,5,20").split(",").map(Number);
const SECONDS = Number(Deno.args[1] ?? 5);
const here = (file: string) => new URL(file, import.meta.url).pathname;
const python = await pipecatWith("runner,webrtc,websocket");

/** Each server as one that serves a transport, with a bot that says back what it hears. */
const servers = {
  pipecat: (port: number, transport: string) =>
    launch([here("pipecat_bot.py"), ...flags(port, transport), "-x", "localhost"], port, {
      command: python,
      env: { TWILIO_ACCOUNT_SID: "AC0", TWILIO_AUTH_TOKEN: "none" },
    }),
  runner: (port: number, transport: string) =>
    launch(
      [
        "run",
        "-A",
        "--no-check",
        here("../../mod.ts"),
        here(transport === "webrtc" ? "start_bot.ts" : "../../examples/01-echo.ts"),
      ]
        .concat(flags(port, transport)),
      port,
    ),
};

function flags(port: number, transport: string): string[] {
  return ["-t", transport, "--host", "127.0.0.1", "--port", `${port}`];
}

/** Twilio calls at one time: the generator's figures. */
async function calls({ pid }: Launched, port: number, count: number) {
  const args = [`ws://127.0.0.1:${port}/ws`, pid, count, SECONDS].map(String);
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", here("telephony_load.ts"), ...args],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

const figures: Record<string, Record<string, string | number>> = {};
for (const [name, start] of Object.entries(servers)) {
  const told: Record<string, string | number> = figures[name] = {};
  {
    const port = freePort();
    await using server = await start(port, "webrtc");
    await new Promise((resolve) => setTimeout(resolve, 1500)); // what loads after listening has loaded
    told["launch, ms"] = Math.round(server.launchMs);
    told["idle, MB"] = Math.round(residentMemory(server.pid));
    const { perSecond, perCpu } = await loadStarts(server.origin, server.pid);
    told["POST /start a second"] = Math.round(perSecond);
    told["POST /start a CPU second"] = Math.round(perCpu);
  }
  for (const count of CALLS) {
    const port = freePort();
    await using server = await start(port, "twilio");
    const { p50, p99, returnedPercent, cpuPerCall } = await calls(server, port, count);
    told[`${count} calls, % of a core each`] = Number(cpuPerCall.toFixed(3));
    told[`${count} calls, p50 and p99 ms`] = `${p50}, ${p99} (${returnedPercent} % came back)`;
  }
}
const { pipecat = {}, runner = {} } = figures;
console.table(
  Object.fromEntries(
    Object.entries(runner).map(([figure, ours]) => {
      const ratio = Number(ours) / Number(pipecat[figure]);
      const row = { runner: ours, pipecat: pipecat[figure] };
      return [figure, Number.isNaN(ratio) ? row : { ...row, ratio: Number(ratio.toFixed(2)) }];
    }),
  ),
);
