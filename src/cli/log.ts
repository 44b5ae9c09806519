/**
 * The log on stderr.
 *
 * @module
 */
import { configureSync, getConfig, type LogLevel, type LogRecord } from "@logtape/logtape";
import type { Look, Style } from "./style.ts";

const LEVELS: readonly LogLevel[] = ["info", "debug", "trace"];
const LOOKS: Readonly<Record<LogLevel, Look>> = {
  trace: "dim",
  debug: "dim",
  info: "dim",
  warning: "yellow",
  error: "red",
  fatal: "red",
};

/** How the log is written. */
export interface LogOptions {
  /** 0 for info and above, 1 for debug, 2 for trace. */
  readonly verbose: number;
  /** A terminal reads it: times without dates, and no level where it is the usual one. */
  readonly terminal: boolean;
  readonly style: Style;
}

/** Writes the log to stderr, unless the bot has set LogTape up by itself. */
export function configureLog(options: LogOptions): void {
  if (getConfig()) return;
  const lowestLevel = LEVELS[Math.min(options.verbose, 2)] ?? "info";
  configureSync({
    sinks: { stderr: (record) => console.error(formatRecord(record, options)) },
    loggers: [
      { category: [], sinks: ["stderr"], lowestLevel },
      { category: ["logtape", "meta"], lowestLevel: "warning" },
    ],
  });
}

/** One record as a line; the stack of an error follows it. */
export function formatRecord(record: LogRecord, options: LogOptions): string {
  const { terminal, style, verbose } = options;
  const { level, category, message } = record;
  const iso = new Date(record.timestamp).toISOString();
  const text = message.map((part, index) => index % 2 ? show(part) : part).join("");
  const stacks = message.filter((part) => part instanceof Error).map(stackOf).join("");
  const area = verbose > 0 ? style("dim", `${category.join(".")} `) : "";
  if (!terminal) return `${iso} ${level} ${area}${text}${stacks}`;
  const time = style("dim", new Date(record.timestamp).toTimeString().slice(0, 8));
  const mark = level === "info" ? "" : `${style(LOOKS[level], level)} `;
  return `  ${time}  ${mark}${area}${text}${stacks && style("dim", stacks)}`;
}

function show(value: unknown): string {
  if (value instanceof Error) return value.message;
  return typeof value === "string" ? value : Deno.inspect(value);
}

function stackOf(error: Error): string {
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const cause = error.cause instanceof Error
    ? `\n    caused by ${error.cause.message}${stackOf(error.cause)}`
    : "";
  return frames.map((frame) => `\n${frame}`).join("") + cause;
}
