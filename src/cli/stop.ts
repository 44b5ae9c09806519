/**
 * How the process is asked to stop.
 *
 * @module
 */

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM"];

/** Exit code of a process that was interrupted. */
const INTERRUPTED = 130;

/** Watches for SIGINT and SIGTERM until it is disposed. */
export interface StopRequest extends Disposable {
  /** Resolves at the first signal; the next one ends the process at once. */
  readonly asked: Promise<void>;
}

/** Begins to watch for the signals that ask a process to stop. */
export function stopRequest(): StopRequest {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  let stopping = false;
  const stop = () => {
    if (stopping) Deno.exit(INTERRUPTED);
    stopping = true;
    resolve();
  };
  for (const signal of SIGNALS) Deno.addSignalListener(signal, stop);
  return {
    asked,
    [Symbol.dispose]() {
      for (const signal of SIGNALS) Deno.removeSignalListener(signal, stop);
    },
  };
}
