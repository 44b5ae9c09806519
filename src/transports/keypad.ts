/**
 * The keys that a caller presses.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { endTeller } from "../core/iterable_stream.ts";
import { areKeys, KEYS } from "../core/keys.ts";
import { option, type OptionParsers, parseOptions } from "../core/options.ts";
import { LONGEST_TIMER_MS, within } from "../core/wait.ts";

/** Which keys to wait for. */
export interface KeysOptions {
  /** Ends with this key, or any of several; the result does not include it. Default: none. */
  readonly until?: string;
  /**
   * How long to wait for each key, in ms; then the result is what was pressed so far. Default: for
   * ever.
   */
  readonly timeoutMs?: number;
  /** Ends after this many keys. Default: 1; with `until`, no limit. */
  readonly count?: number;
}

/** Keeps keys until they are asked for. */
export interface Keypad {
  /** A key was pressed. */
  press(digit: string): void;
  /** See `Transport.keys`. */
  keys(options?: KeysOptions): Promise<string>;
  /** No more keys will come. */
  end(): void;
}

/** How many keys wait to be read; the oldest are dropped. */
const MOST_WAITING = 64;

const OPTIONS: OptionParsers<KeysOptions> = {
  until: option(
    `keys, of ${KEYS}`,
    (value): value is string => typeof value === "string" && value !== "" && areKeys(value),
  ),
  timeoutMs: option(
    `a time in ms, up to ${LONGEST_TIMER_MS}`,
    (value): value is number => typeof value === "number" && value > 0 && value <= LONGEST_TIMER_MS,
  ),
  count: option(
    "a whole number from 1",
    (value): value is number => Number.isSafeInteger(value) && Number(value) > 0,
  ),
};

/** Makes the keypad of a call. */
export function createKeypad(): Keypad {
  const waiting: string[] = [];
  let pressed: PromiseWithResolvers<void> | undefined;
  let ended = false;
  const over = endTeller();
  /** The last caller: each waits for the one before, so no key is read twice. */
  let latest: Promise<unknown> = Promise.resolve();

  /** The next key; undefined if it takes too long. */
  const next = async (timeoutMs?: number): Promise<string | undefined> => {
    if (waiting.length === 0 && !ended) {
      pressed = Promise.withResolvers();
      await (timeoutMs === undefined ? pressed.promise : within(timeoutMs, pressed.promise));
    }
    const key = waiting.shift();
    if (key !== undefined || !ended) return key;
    await over();
    throw new RunnerError("session_ended", "The call ended before the keys were pressed.");
  };
  const read = async ({ until, timeoutMs, count }: KeysOptions): Promise<string> => {
    const most = count ?? (until === undefined ? 1 : Infinity);
    let keys = "";
    while (keys.length < most) {
      const key = await next(timeoutMs);
      if (key === undefined || until?.includes(key)) break;
      keys += key;
    }
    return keys;
  };
  return {
    press(digit) {
      waiting.push(digit);
      if (waiting.length > MOST_WAITING) waiting.shift();
      pressed?.resolve();
    },
    async keys(options = {}) {
      const parsed = parseOptions<KeysOptions>(OPTIONS, options, "keys");
      const reading = latest.then(() => read(parsed));
      latest = reading.catch(() => {}); // the caller handles it
      return await reading;
    },
    end() {
      ended = true;
      pressed?.resolve();
    },
  };
}
