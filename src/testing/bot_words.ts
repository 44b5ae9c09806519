/**
 * What a bot in this process reports, if the way to it cannot carry that.
 *
 * @module
 */
import type { CallObserver } from "../core/call_observer.ts";

/** Receives what a bot reports. */
export interface BotWords {
  /** Observes the call. */
  readonly observer: CallObserver;
  /** Receives each message of the bot from now on, and the earlier ones. */
  listen(read: (message: unknown) => void): void;
}

/** How many messages to keep until somebody listens. */
const MOST_WAITING = 256;

/** Makes an observer of messages only. */
export function createBotWords(): BotWords {
  const waiting: unknown[] = [];
  let read = (message: unknown) => {
    if (waiting.length < MOST_WAITING) waiting.push(message);
  };
  const nothing = () => {};
  return {
    observer: {
      heard: nothing,
      spoken: nothing,
      silenced: nothing,
      interrupted: nothing,
      key: nothing,
      mark: nothing,
      message(from, message) {
        if (from === "bot") read(message);
      },
    },
    listen(listener) {
      read = listener;
      for (const message of waiting.splice(0)) listener(message);
    },
  };
}
