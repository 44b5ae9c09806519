/**
 * Uncaught errors, as Deno reports them.
 *
 * @module
 */
import type { WatchUncaught } from "./uncaught.ts";

/** Watches this process. A program's own listeners are called, too, and may end it. */
export const watchEvents: WatchUncaught = ({ rejected, thrown }) => {
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    rejected(event.reason);
  };
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    thrown(event.error);
  };
  globalThis.addEventListener("unhandledrejection", onRejection);
  globalThis.addEventListener("error", onError);
  return () => {
    globalThis.removeEventListener("unhandledrejection", onRejection);
    globalThis.removeEventListener("error", onError);
  };
};
