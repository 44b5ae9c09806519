/**
 * The flags that are the bot's own.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";

/**
 * Reads a bot's flags: `--max-turns 3` becomes `{ maxTurns: "3" }`, a flag without a value is true,
 * and one that is repeated becomes a list.
 *
 * @param known The runner's own long flags. Whatever looks like one of them misspelt is refused;
 * without them, everything is taken.
 * @throws {RunnerError} `usage`, for a flag that is misspelt and for a value that belongs to none.
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

/** The runner's flag that was probably meant. */
export function closestFlag(flag: string, known: readonly string[]): string | undefined {
  return known.find((other) => editDistance(flag, other) <= (other.length < 10 ? 1 : 2));
}

function refuseMisspelt(flag: string, known: readonly string[]): void {
  const meant = closestFlag(flag, known);
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

/** Letters to add, drop, change or swap with their neighbour, to get from one word to the other. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [];
  const at = (i: number, j: number): number =>
    i < 0 || j < 0 ? Infinity : i === 0 || j === 0 ? i + j : rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    const row: number[] = rows[i] = [];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (same ? 0 : 1),
        swapped ? at(i - 2, j - 2) + 1 : Infinity,
      );
    }
  }
  return at(a.length, b.length);
}
