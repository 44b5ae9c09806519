/**
 * `--processes`: several processes on one port, which look like one.
 *
 * @module
 */
import { startProcesses } from "../runtimes/processes/parent.ts";
import { announce, farewell } from "./announce.ts";
import type { CommandLine } from "./command_line.ts";
import { configureLog } from "./log.ts";
import { redactFor } from "./redact.ts";
import { stopRequest } from "./stop.ts";
import { styleOf } from "./style.ts";

/**
 * Starts the processes, and resolves when they were stopped. If the first cannot serve, it has said
 * why, and this process exits with its code.
 *
 * @throws {RunnerError} What {@link startProcesses} throws.
 */
export async function runProcesses(command: CommandLine): Promise<void> {
  const { hostname, port, tcpPort, udpPort, udpPorts, drainMs, processes: count = 1 } = command;
  configureLog({
    format: command.log,
    redact: redactFor(command),
    verbose: command.verbose,
    terminal: Deno.stderr.isTerminal(),
    style: styleOf("stderr"),
  });
  const shared = command.storeUrl === undefined ? undefined : await sharedFacts(command);
  const stop = stopRequest();
  try {
    const group = await startProcesses({
      count,
      hostname,
      port,
      drainMs,
      reachable: command.storeUrl !== undefined,
      secret: Deno.env.get("RUNNER_SECRET"),
      ...(tcpPort === undefined ? {} : { tcpPort }),
      ...(udpPort === undefined ? {} : { udpPort }),
      ...(udpPorts ? { udpPorts } : {}),
    });
    globalThis.addEventListener("unload", group.kill); // at a second signal
    const stopped = stop.asked.then(() => undefined);
    const facts = await Promise.race([group.listening, stopped]);
    if (facts) await announce({ ...facts, processes: count, shared }, command);
    const wish = await Promise.race([stop.asked, group.ended]);
    if (typeof wish === "number") Deno.exit(wish);
    farewell(wish, await group.load(), command);
    await group.stop(wish);
  } finally {
    stop[Symbol.dispose]();
  }
}

/**
 * Where the others find these processes; what keeps them from sharing the store is reported once,
 * here.
 */
async function sharedFacts(command: CommandLine): Promise<string | undefined> {
  const { shareStore } = await import("./shared_store.ts");
  const { facts, close } = await shareStore(command, {});
  await close();
  return facts;
}
