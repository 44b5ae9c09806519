/** A bot that nobody comes to: its store takes all starts of a bench, of which 10 000 would fill one. */
import type { Bot } from "../../src/core/bot.ts";
import type { RunnerOptions } from "../../src/runner_options.ts";
import { MemorySessionStore } from "../../src/sessions/store.ts";

export const bot: Bot = () => Promise.resolve();
export const options: RunnerOptions = {
  store: new MemorySessionStore({ maxRecords: 10_000_000, maxSize: 2 ** 32 }),
};
