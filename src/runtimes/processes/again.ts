/**
 * How this very program is run once more, beside itself.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { RunnerError } from "../../core/error.ts";

/** Names the variable that tells a process that it is one of several, and where their parent is. */
export const PROCESS_VARIABLE = "PIPECAT_PROCESS";

/**
 * How this program is run once more, with the arguments and the permissions that it has.
 *
 * @returns A function that does it; it takes the value of {@link PROCESS_VARIABLE}.
 * @throws {RunnerError} `not_permitted` where Deno does not tell how it was started, `bad_option` on hosts
 * that share no port.
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

/** The first Node that shares a port. */
const SHARING_NODE = "22.12.0";
/** Lets Deno share a port. */
const SHARES_PORTS = "--unstable-net";

/** Everything behind the name of the program. */
function argumentsOfProcess(): string[] {
  if (!("Deno" in globalThis)) return [...process.execArgv, ...process.argv.slice(1)];
  try {
    // Nothing else tells the permissions and the other flags of Deno's own.
    const given = readFileSync("/proc/self/cmdline", "utf8").split("\0").slice(1, -1);
    const run = given[0] === "run" ? 1 : 0; // deno run bot.ts, or deno bot.ts
    return given.includes(SHARES_PORTS) ? given : given.toSpliced(run, 0, SHARES_PORTS);
  } catch (cause) {
    const detail = "Several processes need all permissions: run Deno with -A.";
    throw new RunnerError("not_permitted", detail, { cause });
  }
}
