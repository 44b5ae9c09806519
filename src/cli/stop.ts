/**
 * How the process is asked to stop.
 *
 * @module
 */
import process from "node:process";

const SIGNALS: readonly ("SIGINT" | "SIGTERM")[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM"];

/** Exit code of a process that was interrupted. */
const INTERRUPTED = 130;

/**
 * How a process is to stop: at once, as someone at a terminal wants it, or when its sessions are over,
 * as what runs it wants it.
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
  // Where packages of a bot can see them: some end the process at a signal that nobody else listens to.
  for (const [signal, stop] of listeners) process.on(signal, stop);
  return {
    asked,
    [Symbol.dispose]() {
      for (const [signal, stop] of listeners) process.off(signal, stop);
    },
  };
}
