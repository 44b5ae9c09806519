/**
 * Checks whether a Redis server is fit to hold sessions.
 *
 * @module
 */
import { getLogger } from "../core/log.ts";
import { badOption } from "../core/options.ts";
import { type RunCommand, textOf } from "./client.ts";

const logger = getLogger(["pipecat", "runner", "store"]);

/** The first version with all commands that are used: `GETDEL` and `ZRANGE … REV`. */
const OLDEST = [6, 2] as const;

/**
 * Warns about a server that would drop sessions to make room. A server that does not show its
 * settings is accepted: its login may allow access to keys only.
 *
 * @throws {RunnerError} `bad_option` if it is older than 6.2.
 */
export async function checkServer(address: string, run: RunCommand): Promise<void> {
  const info = textOf(await run("INFO").catch(() => undefined)) ?? "";
  const [, major = 0, minor = 0] = /^redis_version:(\d+)\.(\d+)/m.exec(info)?.map(Number) ?? [];
  const [oldest, oldestMinor] = OLDEST;
  if (major > 0 && (major < oldest || (major === oldest && minor < oldestMinor))) {
    const takes = `a Redis of version ${
      OLDEST.join(".")
    } or newer; ${address} is ${major}.${minor}`;
    throw badOption("store", takes);
  }
  const limited = /^maxmemory:[1-9]/m.test(info);
  const [, policy = "noeviction"] = /^maxmemory_policy:(\S+)/m.exec(info) ?? [];
  if (limited && policy !== "noeviction") {
    logger.warn(
      "The store at {address} drops sessions when its memory is full: its maxmemory-policy is " +
        "{policy}. Set noeviction, so that it refuses new ones instead",
      { address, policy },
    );
  }
}
