/**
 * How a process of callers tells its parent what it sees: a line of JSON for each line that it is sent.
 * It ends when the parent closes its stdin.
 */

/** Answers each line until there are no more. */
export async function answerLines(report: () => unknown): Promise<void> {
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
      console.log(JSON.stringify(report()));
    }
  }
}

/** The value below which this share of the values lies; 0 for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
