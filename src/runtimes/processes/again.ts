/**
 * Runs this program again, as another process.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { RunnerError } from "../../core/error.ts";

/**
 * The name of the variable that tells a process that it is one of several, and where their parent
 * is.
 */
export const PROCESS_VARIABLE = "PIPECAT_PROCESS";

/**
 * Prepares to run this program again, with its own arguments and permissions.
 *
 * @returns A function that runs it; it takes the value of {@link PROCESS_VARIABLE}.
 * @throws {RunnerError} `not_permitted` if Deno does not say how it was started, `bad_option` on
 * hosts that cannot share a port.
 */
export function runningAgain(): (parent: string) => ChildProcess {
  const { platform, versions } = process;
  if (platform !== "linux") {
    const detail = "Several processes on one port need Linux. Elsewhere, run one process per port.";
    throw new RunnerError("bad_option", detail);
  }
  const isNode = !versions.deno && !versions.bun;
  if (isNode && versions.node.localeCompare(SHARING_NODE, "en", { numeric: true }) < 0) {
    const detail = `Several processes on one port need Node ${SHARING_NODE} or newer.`;
    throw new RunnerError("bad_option", detail);
  }
  const args = argumentsOfProcess();
  return (parent) =>
    spawn(process.execPath, args, {
      env: { ...process.env, [PROCESS_VARIABLE]: parent },
      stdio: ["ignore", "inherit", "inherit"],
    });
}

/** The first Node that can share a port. */
const SHARING_NODE = "22.12.0";
/** Lets Deno share a port. */
const SHARES_PORTS = "--unstable-net";

/** Everything after the program's name. */
function argumentsOfProcess(): string[] {
  if (!("Deno" in globalThis)) return [...process.execArgv, ...process.argv.slice(1)];
  try {
    // Nothing else shows the permissions and Deno's other flags.
    const given = readFileSync("/proc/self/cmdline", "utf8").split("\0").slice(1, -1);
    const run = given[0] === "run" ? 1 : 0; // deno run bot.ts, or deno bot.ts
    return given.includes(SHARES_PORTS) ? given : given.toSpliced(run, 0, SHARES_PORTS);
  } catch (cause) {
    const detail = "Several processes need all permissions: run Deno with -A.";
    throw new RunnerError("not_permitted", detail, { cause });
  }
}
