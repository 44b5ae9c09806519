/**
 * The log. A library logs and an application decides, by LogTape: its loggers are looked up where
 * LogTape itself keeps them for all copies of it. A program that does not configure LogTape, such as
 * a Worker, so need not hold it: that is 6 kB of a bundle.
 *
 * @module
 */

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

/** The logger that all others are below, once some copy of LogTape was loaded. */
interface RootLogger extends Logger {
  getChild(category: readonly string[]): Logger;
  /** Set where LogTape was configured with a storage for implicit contexts. */
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

/** The logger of a category; it logs nothing while no LogTape was loaded. */
export function getLogger(category: readonly string[]): Logger {
  let found: { readonly root: RootLogger; readonly logger: Logger } | undefined;
  return loggerOf(() => {
    const root = rootLogger();
    if (root && found?.root !== root) found = { root, logger: root.getChild(category) };
    return root && found?.logger;
  }, {});
}

function loggerOf(find: () => Logger | undefined, own: LogProperties): Logger {
  const at =
    (level: "debug" | "info" | "warn" | "error") =>
    (message: string, properties: LogProperties = {}): void =>
      find()?.[level](message, { ...own, ...properties });
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
