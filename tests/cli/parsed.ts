/**
 * A command line as it is read, or what is wrong with it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type CommandLine, parseCommandLine } from "../../src/cli/command_line.ts";
import { RunnerError } from "../../src/core/error.ts";

export type Environment = Record<string, string>;

export const parse = (line: string, bot = true, environment: Environment = {}): CommandLine =>
  parseCommandLine(line === "" ? [] : line.split(" "), { bot, environment });

export function complaint(line: string, bot = true): string {
  try {
    parse(line, bot);
  } catch (error) {
    assert.ok(error instanceof RunnerError, String(error));
    assert.equal(error.code, "usage");
    assert.doesNotMatch(error.message, /\n/);
    return error.message;
  }
  throw new Error(`No complaint about: ${line}`);
}
