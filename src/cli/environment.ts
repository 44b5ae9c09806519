/**
 * The environment that a bot finds.
 *
 * @module
 */
import { parseEnv } from "node:util";
import { RunnerError } from "../core/error.ts";

/**
 * Reads `.env` in the working directory, if there is one, and sets `ENV=local`. A variable that is
 * already set keeps its value. If Deno may not look for the file, it counts as missing.
 *
 * @throws {RunnerError} `bad_env_file` if the file cannot be read.
 */
export function loadEnvironment(): void {
  for (const [name, value] of Object.entries(parseEnv(readEnvFile()))) {
    if (value !== undefined && !Deno.env.has(name)) Deno.env.set(name, value);
  }
  if (!Deno.env.has("ENV")) Deno.env.set("ENV", "local");
}

/** How reading fails if there is no file; a folder is most likely Python's. */
const NO_FILE = [Deno.errors.NotFound, Deno.errors.IsADirectory, Deno.errors.NotCapable];

function readEnvFile(): string {
  try {
    return Deno.readTextFileSync(".env");
  } catch (cause) {
    if (NO_FILE.some((none) => cause instanceof none)) return "";
    throw new RunnerError("bad_env_file", "The .env file here cannot be read.", { cause });
  }
}
