/**
 * What a bot in this process tells, where the way to it has no words for that.
 *
 * @module
 */
import type { CallObserver } from "../core/call_observer.ts";

/** Hears what a bot tells. */
export interface BotWords {
  /** Observes the call. */
  readonly observer: CallObserver;
  /** Is told each message of the bot from now on, and those that came before. */
  listen(read: (message: unknown) => void): void;
}

/** Messages that are kept until somebody listens. */
const MOST_WAITING = 256;

/** Makes an observer of messages alone. */
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
