/**
 * How the command line says that something went wrong.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { printableLine, printableLines } from "../core/printable.ts";
import { jsonRecord } from "./log.ts";
import type { LogFormat } from "./option.ts";
import { styleOf } from "./style.ts";

/** What to do about an error whose message does not know about the command line. */
const ADVICE: Readonly<Record<string, string>> = {
  port_in_use: "Choose another with --port; 0 takes any free one.",
  port_not_allowed: "Choose one above 1023 with --port.",
  host_not_available: "Choose localhost, 0.0.0.0 or an address of this machine with --host.",
};

/** How an error is printed. */
export interface FailureOptions {
  /** Whether its stack is wanted. */
  readonly verbose: boolean;
  readonly format: LogFormat;
}

/** Prints an error to stderr in one line, or with its stack on request; returns the exit code. */
export function printFailure(error: unknown, { verbose, format }: FailureOptions): number {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof RunnerError ? error.code : "";
  const said = printableLine(message.replace(/\s*\n\s*/g, " "));
  const line = [said, ADVICE[code] ?? ""].join(" ").trim();
  const stack = verbose && error instanceof Error ? stackOf(error) : undefined;
  if (format === "json") {
    console.error(jsonRecord({
      category: ["pipecat", "runner", "cli"],
      level: "fatal",
      message: [line],
      rawMessage: line,
      timestamp: Date.now(),
      properties: { ...(code ? { code } : {}), ...(stack === undefined ? {} : { stack }) },
    }, (text) => text));
  } else {
    console.error(`${styleOf("stderr")("red", "error:")} ${line}`);
    if (stack !== undefined) console.error(stack);
  }
  return code === "usage" ? 2 : 1;
}

function stackOf(error: Error): string {
  const stack = printableLines(Deno.inspect(error.cause ?? error));
  return stack.replace(/\| +(?=at )/g, ""); // frames are recognized by their form
}
