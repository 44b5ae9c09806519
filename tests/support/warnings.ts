/**
 * What is logged while something happens.
 */
import { configureSync, resetSync } from "@logtape/logtape";

/** The warnings of the runner, each with its properties in their places. */
export async function warnings(act: () => Promise<unknown>): Promise<string[]> {
  const lines: string[] = [];
  configureSync({
    sinks: { list: ({ message }) => void lines.push(message.map(String).join("")) },
    loggers: [
      { category: ["pipecat", "runner"], lowestLevel: "warning", sinks: ["list"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: [] },
    ],
    reset: true,
  });
  try {
    await act();
  } finally {
    resetSync();
  }
  return lines;
}
