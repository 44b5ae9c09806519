/**
 * What is logged while something happens.
 */
import { configureSync, type LogLevel, type LogRecord, resetSync } from "@logtape/logtape";

/** The warnings of the runner, each with its properties in their places. */
export async function warnings(act: () => Promise<unknown>): Promise<string[]> {
  const records = await recordsOf("warning", act);
  return records.map(({ message }) => message.map(String).join(""));
}

/** What the runner logs, from a level on. */
export async function recordsOf(
  lowestLevel: LogLevel,
  act: () => Promise<unknown>,
): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  configureSync({
    sinks: { list: (record) => void records.push(record) },
    loggers: [
      { category: ["pipecat"], lowestLevel, sinks: ["list"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: [] },
    ],
    reset: true,
  });
  try {
    await act();
  } finally {
    resetSync();
  }
  return records;
}
