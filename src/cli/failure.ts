/**
 * How the command line says that something went wrong.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { printableLine, printableLines } from "../core/printable.ts";
import { styleOf } from "./style.ts";

/** What to do about an error, where its sentence does not know that there is a command line. */
const ADVICE: Readonly<Record<string, string>> = {
  port_in_use: "Choose another with --port; 0 takes any free one.",
  port_not_allowed: "Choose one above 1023 with --port.",
  host_not_available: "Choose localhost, 0.0.0.0 or an address of this machine with --host.",
};

/** Prints an error to stderr in one line, or with its stack when asked; returns the exit code. */
export function printFailure(error: unknown, verbose: boolean): number {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof RunnerError ? error.code : "";
  const said = printableLine(message.replace(/\s*\n\s*/g, " "));
  const line = [said, ADVICE[code] ?? ""].join(" ").trim();
  console.error(`${styleOf("stderr")("red", "error:")} ${line}`);
  if (verbose && error instanceof Error) {
    const stack = printableLines(Deno.inspect(error.cause ?? error));
    console.error(stack.replace(/\| +(?=at )/g, "")); // frames are told from words by their shape
  }
  return code === "usage" ? 2 : 1;
}
