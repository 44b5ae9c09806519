/**
 * The flags that are the bot's own.
 *
 * @module
 */
import { closest } from "../core/closest.ts";
import { RunnerError } from "../core/error.ts";

/**
 * Reads a bot's flags: `--max-turns 3` becomes `{ maxTurns: "3" }`, a flag without a value is true,
 * and a repeated one becomes a list.
 *
 * @param known The runner's own long flags. Whatever looks like one of them misspelt is refused;
 * without them, everything is taken.
 * @throws {RunnerError} `usage` for a misspelt flag, and for a value without a flag.
 */
export function parseBotFlags(
  args: readonly string[],
  known: readonly string[] = [],
): Record<string, unknown> {
  const flags = new Map<string, unknown>();
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? ""; // never undefined: index < length
    const [, dashes, name = "", inline] = /^(--?)([^-=][^=]*)(?:=(.*))?$/s.exec(arg) ?? [];
    if (!dashes) {
      throw new RunnerError("usage", `Unexpected argument "${arg}". --help lists the options.`);
    }
    if (known.length > 0) refuseMisspelt(dashes + name, known);
    const next = args[index + 1];
    const value = inline ?? (next !== undefined && !isFlag(next) ? args[++index] : true);
    const key = name.replace(/-+(.)/g, (_, letter) => letter.toUpperCase());
    const before = flags.get(key);
    flags.set(key, before === undefined ? value : [before, value].flat());
  }
  return Object.fromEntries(flags);
}

function refuseMisspelt(flag: string, known: readonly string[]): void {
  const meant = closest(flag, known);
  if (meant) {
    throw new RunnerError(
      "usage",
      `Unknown option ${flag}. Did you mean ${meant}? If it is the bot's own, put it after --.`,
    );
  }
  if (!flag.startsWith("--")) {
    throw new RunnerError(
      "usage",
      `Unknown option ${flag}. A short flag of the bot goes after --.`,
    );
  }
}

function isFlag(arg: string): boolean {
  return /^-\D/.test(arg); // -3 is a number
}
