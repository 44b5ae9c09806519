/**
 * Errors that nobody catches, as Node and Bun tell of them.
 *
 * @module
 */
import process from "node:process";
import type { WatchUncaught } from "./uncaught.ts";

/** Watches this process. A program's own listeners are called, too, and may end it. */
export const watchProcess: WatchUncaught = ({ rejected, thrown }) => {
  process.on("unhandledRejection", rejected);
  process.on("uncaughtException", thrown);
  return () => {
    process.off("unhandledRejection", rejected);
    process.off("uncaughtException", thrown);
  };
};
