/**
 * How the process is asked to stop.
 *
 * @module
 */
const SIGNALS: readonly ("SIGINT" | "SIGTERM")[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM"];

/** How long after the start Node's `process` is loaded, in ms: the first requests come before it. */
const SHOW_AFTER_MS = 100;
/** Exit code of a process that was interrupted. */
const INTERRUPTED = 130;

/**
 * How to stop a process: at once, as a person at a terminal wants it, or when its sessions are
 * over, as a supervisor wants it.
 */
export type StopWish = "now" | "drained";

/** Watches for SIGINT and SIGTERM until it is disposed. */
export interface StopRequest extends Disposable {
  /** Resolves at the first signal; the next one ends the process at once. */
  readonly asked: Promise<StopWish>;
}

/** Begins to watch for the signals that ask a process to stop. */
export function stopRequest(): StopRequest {
  const { promise: asked, resolve } = Promise.withResolvers<StopWish>();
  let stopping = false;
  const listeners = SIGNALS.map((signal) => {
    const stop = () => {
      if (stopping) Deno.exit(INTERRUPTED);
      stopping = true;
      resolve(signal === "SIGTERM" ? "drained" : "now");
    };
    return [signal, stop] as const;
  });
  for (const [signal, stop] of listeners) Deno.addSignalListener(signal, stop);
  let ignore = () => {
    for (const [signal, stop] of listeners) Deno.removeSignalListener(signal, stop);
  };
  let disposed = false;
  // Where a bot's packages can see them: some end the process at a signal that nobody else listens
  // to.
  const showing = setTimeout(async () => {
    const { default: process } = await import("node:process"); // 5 ms of a launch
    if (disposed) return;
    for (const [signal, stop] of listeners) process.on(signal, stop);
    ignore();
    ignore = () => {
      for (const [signal, stop] of listeners) process.off(signal, stop);
    };
  }, SHOW_AFTER_MS);
  return {
    asked,
    [Symbol.dispose]() {
      disposed = true;
      clearTimeout(showing);
      ignore();
    },
  };
}
