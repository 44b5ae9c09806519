/**
 * The log. A library logs and an application decides, through LogTape: its loggers are looked up
 * where LogTape itself keeps them for all its copies. So a program that does not configure LogTape,
 * such as a Worker, need not contain it, which saves 6 kB of a bundle. If no sink receives the
 * runner's lines, warnings and errors go to the console, so that a bot does not fail silently.
 *
 * @module
 */
import { printableLines, printableStack } from "./printable.ts";

/** What a line is about, under the names that its message mentions. */
export type LogProperties = Readonly<Record<string, unknown>>;

/** As much of a LogTape `Logger` as is used. */
export interface Logger {
  /** For who looks for a fault. */
  debug(message: string, properties?: LogProperties): void;
  /** For who watches. */
  info(message: string, properties?: LogProperties): void;
  /** Somebody should look at it. */
  warn(message: string, properties?: LogProperties): void;
  /** Something has failed. */
  error(message: string, properties?: LogProperties): void;
  /** The same logger, of whose lines each has these properties. */
  with(properties: LogProperties): Logger;
}

/** A logger as LogTape keeps it. */
interface KeptLogger extends Logger {
  /** Where it writes to. */
  readonly sinks: readonly unknown[];
  readonly children: Readonly<Record<string, KeptLogger | WeakRef<KeptLogger>>>;
}

/** The logger that all others are below, once some copy of LogTape was loaded. */
interface RootLogger extends KeptLogger {
  getChild(category: readonly string[]): Logger;
  /** Set if LogTape was configured with a storage for implicit contexts. */
  readonly contextLocalStorage?: ContextStorage | undefined;
}

interface ContextStorage {
  getStore(): LogProperties | undefined;
  run<T>(store: LogProperties, work: () => T): T;
}

const ROOT: unique symbol = Symbol.for("logtape.rootLogger");

function rootLogger(): RootLogger | undefined {
  const shared: typeof globalThis & { readonly [ROOT]?: RootLogger } = globalThis;
  return shared[ROOT];
}

/** Whether a program has given LogTape a sink for a category: for that, or for one above it. */
function hasSink({ sinks, children }: KeptLogger, [name, ...rest]: readonly string[]): boolean {
  if (sinks.length > 0) return true;
  const child = name === undefined ? undefined : children[name];
  const logger = child && "deref" in child ? child.deref() : child;
  return logger !== undefined && hasSink(logger, rest);
}

/**
 * The logger of a category; while LogTape has no sink for it, warnings and errors go to the
 * console.
 */
export function getLogger(category: readonly string[]): Logger {
  let found: { readonly root: RootLogger; readonly logger: Logger } | undefined;
  return loggerOf(() => {
    const root = rootLogger();
    if (!root || !hasSink(root, category)) return CONSOLE;
    if (found?.root !== root) found = { root, logger: root.getChild(category) };
    return found.logger;
  }, {});
}

const CONSOLE: Logger = {
  debug() {},
  info() {},
  warn: (message, properties) => console.warn(lineOf(message, properties)),
  error: (message, properties) => console.error(lineOf(message, properties)),
  with: () => CONSOLE,
};

/** A message with its properties filled in, followed by where its errors come from. */
function lineOf(message: string, properties: LogProperties = {}): string {
  const text = message.replace(/\{(\w+)\}/g, (_, name) => {
    const value = properties[name];
    return String(value instanceof Error ? value.message : value);
  });
  const errors = Object.values(properties).filter((value) => value instanceof Error);
  return printableLines(text) + errors.map((error) => printableStack(error)).join("");
}

function loggerOf(find: () => Logger, own: LogProperties): Logger {
  const at =
    (level: "debug" | "info" | "warn" | "error") =>
    (message: string, properties: LogProperties = {}): void =>
      find()[level](message, { ...own, ...properties });
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    with: (properties) => loggerOf(find, { ...own, ...properties }),
  };
}

/**
 * Does work of a session: every line that is logged from it names the session in `sessionId`, the
 * bot's own lines too. It needs a LogTape that was configured with `contextLocalStorage`, and does
 * nothing with another.
 */
export function inSession<T>(sessionId: string, work: () => T): T {
  const storage = rootLogger()?.contextLocalStorage;
  return storage ? storage.run({ ...storage.getStore(), sessionId }, work) : work();
}
