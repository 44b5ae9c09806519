/**
 * The options of a simulated call.
 *
 * @module
 */
import type { TelephonyTransportName } from "../core/bot.ts";
import { badOption, flag, oneOf, option, type OptionParsers } from "../core/options.ts";
import { originOf } from "../core/origin.ts";
import { objectWith, parseSpelledOptions } from "../core/spelled_options.ts";
import { CARRIER_NAMES } from "../core/transport_names.ts";
import type { CallChaos } from "./chaos.ts";
import type { CallClock } from "./clock.ts";
import type { Pace } from "./pace.ts";

/** How to call. */
export interface CallOptions {
  /** The phone company that the call comes through. */
  readonly carrier: TelephonyTransportName;
  /** The caller's number. Default: +15550100001. */
  readonly from?: string;
  /** The called number. Default: +15550100002. */
  readonly to?: string;
  /** The carrier's id of the call, such as that of a dialled one. Default: a new one. */
  readonly callId?: string;
  /** More parameters of the webhook, or replacements for the carrier's own. */
  readonly params?: Readonly<Record<string, string>>;
  /**
   * Signs what the carrier signs, with the auth token of Twilio or Plivo, the private half of
   * `telnyxKeys`, or Vonage's signature secret; Exotel and Asterisk send `USER:PASSWORD` instead.
   * Without it, nothing is signed.
   */
  readonly secret?: string;
  /** The method of the webhook. Default: the carrier's own (Telnyx: POST with a secret). */
  readonly method?: "GET" | "POST";
  /**
   * The path of the webhook, or of the stream for a carrier without webhooks. Default: the path of
   * the URL followed by the carrier's name, or `/ws`, unless it ends so.
   */
  readonly path?: string;
  /** The origin for a runner in this process. Default: `https://bot.test`. */
  readonly origin?: string;
  /** Opens this stream without calling a webhook, as an Exotel applet with a fixed address does. */
  readonly streamUrl?: string;
  /**
   * `real` runs in real time and streams silence while nothing is said. Default: real. `fast` waits
   * for nobody: speech is sent, and arriving audio heard, as fast as the process can, while the
   * runner is in real time. `virtual` is like `real`, but both sides share a virtual clock, so a
   * minute takes a second and all times are exact; only for a runner in this process.
   */
  readonly pace?: Pace;
  /** Another clock instead of that of `pace`, such as one that a test moves by hand. */
  readonly clock?: CallClock;
  /** What should go wrong. */
  readonly chaos?: CallChaos;
}

const isText = (value: unknown): value is string => typeof value === "string";
const text = option("a string", isText);
const count = option(
  "a whole number from 0",
  (value): value is number => Number.isSafeInteger(value) && Number(value) >= 0,
);
const ms = option(
  "a number of milliseconds from 0",
  (value): value is number => Number.isFinite(value) && Number(value) >= 0,
);

const CHAOS: OptionParsers<CallChaos> = {
  startDelayMs: ms,
  shuffle: count,
  bothTracks: flag,
  garbage: count,
  asBytes: flag,
  earlyMedia: count,
  repeats: count,
  latencyMs: ms,
  bufferMs: ms,
  seed: count,
};

const carrier = oneOf(CARRIER_NAMES);

/** What each option takes. */
export const OPTIONS: OptionParsers<CallOptions> = {
  carrier,
  from: text,
  to: text,
  callId: text,
  params: option(
    "an object of strings",
    (value): value is Record<string, string> =>
      typeof value === "object" && value !== null && Object.values(value).every(isText),
  ),
  secret(value, name) {
    if (isText(value)) return value;
    throw badOption(name, "a string"); // which is not repeated
  },
  method: oneOf(["GET", "POST"]),
  path: option(
    "a path that begins with a slash",
    (value): value is string => isText(value) && value.startsWith("/"),
  ),
  origin: option(
    "an origin such as https://bot.test",
    (value): value is string => isText(value) && originOf(value) !== undefined,
  ),
  streamUrl: option(
    "an address such as wss://bot.test/ws, or a path of the server",
    (value): value is string => {
      const address = isText(value) ? URL.parse(value, "https://bot.test") : null;
      return /^(wss?|https?):$/.test(address?.protocol ?? "");
    },
  ),
  pace: oneOf(["real", "fast", "virtual"]),
  clock: objectWith<CallClock>("a clock with now() and schedule()", "now", "schedule"),
  chaos: (value, name) => parseSpelledOptions<CallChaos>(CHAOS, value, name),
};

/**
 * Parses the options of a call.
 *
 * @throws {RunnerError} `bad_option`, naming the option and what it takes.
 */
export function parseCallOptions(options: CallOptions): CallOptions {
  const parsed = parseSpelledOptions<CallOptions>(OPTIONS, options);
  if (parsed.carrier === undefined) carrier(undefined, "carrier");
  return parsed;
}
