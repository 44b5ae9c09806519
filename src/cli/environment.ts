/**
 * The environment that a bot finds.
 *
 * @module
 */
import { parseEnv } from "node:util";
import { RunnerError } from "../core/error.ts";

/**
 * Reads `.env` in the working directory, if there is one, and says `ENV=local`. A variable that is
 * set already keeps its value.
 *
 * @throws {RunnerError} `bad_env_file` when `.env` cannot be read.
 */
export function loadEnvironment(): void {
  for (const [name, value] of Object.entries(parseEnv(readEnvFile()))) {
    if (value !== undefined && !Deno.env.has(name)) Deno.env.set(name, value);
  }
  if (!Deno.env.has("ENV")) Deno.env.set("ENV", "local");
}

function readEnvFile(): string {
  try {
    return Deno.readTextFileSync(".env");
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return "";
    throw new RunnerError("bad_env_file", "The .env file here cannot be read.", { cause });
  }
}
