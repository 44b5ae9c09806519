/**
 * The log on stderr.
 *
 * @module
 */
import {
  configureSync,
  getConfig,
  jsonLinesFormatter,
  type LogLevel,
  type LogRecord,
} from "@logtape/logtape";
import { AsyncLocalStorage } from "node:async_hooks";
import { printableJson, printableLine, printableLines, printableStack } from "../core/printable.ts";
import { type Redact, redactJson } from "./redact.ts";
import type { Look, Style } from "./style.ts";
import type { LogFormat } from "./option.ts";

const LEVELS: readonly LogLevel[] = ["info", "debug", "trace"];
const LOOKS: Readonly<Record<LogLevel, Look>> = {
  trace: "dim",
  debug: "dim",
  info: "dim",
  warning: "yellow",
  error: "red",
  fatal: "red",
};

/** The console methods for each level, if Deno exports its console through OpenTelemetry. */
const METHODS = {
  trace: "debug",
  debug: "debug",
  info: "info",
  warning: "warn",
  error: "error",
  fatal: "error",
} as const satisfies Readonly<Record<LogLevel, keyof Console>>;

/** How a line for people is written. */
export interface LineOptions {
  /** 0 for info and above, 1 for debug, 2 for trace. */
  readonly verbose: number;
  /** A terminal reads it: times without dates, and no level if it is the usual one. */
  readonly terminal: boolean;
  readonly style: Style;
}

/** How the log is written. */
export interface LogOptions extends LineOptions {
  /** A line for people, or an object of JSON for machines. */
  readonly format: LogFormat;
  /** Removes from a text what must not be seen. */
  readonly redact: Redact;
  /**
   * With `OTEL_DENO=true`, Deno exports what is written to its console, with the severity of the
   * method. Then lines below warnings go to stdout, as those methods do.
   */
  readonly exported?: boolean;
  /** Receives each record, too. */
  readonly onRecord?: (record: LogRecord) => void;
}

/** The properties of whatever is logged now. */
const context = new AsyncLocalStorage<Record<string, unknown>>();

/** The session that the code which runs now belongs to; undefined outside of any. */
export function currentSession(): string | undefined {
  const id = context.getStore()?.sessionId;
  return typeof id === "string" ? id : undefined;
}

/**
 * Writes the log to stderr, unless the bot has set LogTape up by itself. What a bot logs has the
 * session's id in its properties, as the runner's own lines have.
 */
export function configureLog(options: LogOptions): void {
  if (getConfig()) return;
  const { format, redact, onRecord, exported = false } = options;
  // As they are now: later they are replaced to capture what bots write.
  const { debug, info, warn, error } = console;
  const printers = { debug, info, warn, error };
  const print = ({ level }: LogRecord, line: string) =>
    printers[exported ? METHODS[level] : "error"].call(console, line);
  const write = (record: LogRecord) =>
    format === "json" ? jsonRecord(record, redact) : redact(formatRecord(record, options));
  const lowestLevel = LEVELS[Math.min(options.verbose, 2)] ?? "info";
  configureSync({
    contextLocalStorage: context,
    sinks: {
      stderr: (record) => print(record, write(record)),
      sessions: (record) => onRecord?.(record),
    },
    loggers: [
      { category: [], sinks: ["stderr", "sessions"], lowestLevel },
      { category: ["logtape", "meta"], lowestLevel: "warning" },
    ],
  });
}

/** One record as a line of JSON; an error is whole in its properties. */
export function jsonRecord(record: LogRecord, redact: Redact): string {
  const message = record.message.map((part) => part instanceof Error ? part.message : part);
  return printableJson(redactJson(jsonLinesFormatter({ ...record, message }), redact));
}

/**
 * One record as a line, which names its session; the stack of an error follows it. Nothing that a
 * stranger or a bot has said leaves its line, or gets at the terminal.
 */
export function formatRecord(record: LogRecord, options: LineOptions): string {
  const { terminal, style, verbose } = options;
  const { level, category, message, properties: { sessionId } } = record;
  const iso = new Date(record.timestamp).toISOString();
  const said = printableLines(
    message.map((part, index) => index % 2 ? show(part) : part).join(""),
  );
  const named = typeof sessionId !== "string" || said.includes(sessionId);
  const text = named ? said : `${said} ${style("dim", `(session ${printableLine(sessionId)})`)}`;
  const errors = message.filter((part) => part instanceof Error);
  const stacks = errors.map((error) => printableStack(error)).join("");
  const area = verbose > 0 ? style("dim", `${printableLine(category.join("."))} `) : "";
  if (!terminal) return `${iso} ${level} ${area}${text}${stacks}`;
  const time = style("dim", new Date(record.timestamp).toTimeString().slice(0, 8));
  const mark = level === "info" ? "" : `${style(LOOKS[level], level)} `;
  return `  ${time}  ${mark}${area}${text}${stacks && style("dim", stacks)}`;
}

function show(value: unknown): string {
  if (value instanceof Error) return String(value.message); // the thrower may have set it
  return typeof value === "string" ? value : Deno.inspect(value);
}
