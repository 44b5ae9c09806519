/**
 * The environment that a bot finds.
 *
 * @module
 */
import { parseEnv } from "node:util";
import { RunnerError } from "../core/error.ts";

/**
 * Reads `.env` in the working directory, if there is one, and says `ENV=local`. A variable that is
 * set already keeps its value. Where Deno does not allow to look for the file there is none.
 *
 * @throws {RunnerError} `bad_env_file` when there is a file that cannot be read.
 */
export function loadEnvironment(): void {
  for (const [name, value] of Object.entries(parseEnv(readEnvFile()))) {
    if (value !== undefined && !Deno.env.has(name)) Deno.env.set(name, value);
  }
  if (!Deno.env.has("ENV")) Deno.env.set("ENV", "local");
}

/** How reading fails where there is no file to read; a folder is one of Python's, most likely. */
const NO_FILE = [Deno.errors.NotFound, Deno.errors.IsADirectory, Deno.errors.NotCapable];

function readEnvFile(): string {
  try {
    return Deno.readTextFileSync(".env");
  } catch (cause) {
    if (NO_FILE.some((none) => cause instanceof none)) return "";
    throw new RunnerError("bad_env_file", "The .env file here cannot be read.", { cause });
  }
}
